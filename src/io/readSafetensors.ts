/** The suspicious half of safetensors.ts: a header is believed only after each of its claims fits the file. */
import { WeightsError } from '../errors.ts'
import { isRecord } from '../records.ts'
import type { HostTensor } from './safetensors.ts'

/** What a safetensors file holds. */
export interface Safetensors {
  readonly tensors: ReadonlyMap<string, HostTensor>
  readonly metadata: Readonly<Record<string, string>>
}

/**
 * Reads a safetensors file of f32 tensors. Every size is checked against the file before anything is allocated.
 *
 * @throws WeightsError for anything but a well-formed file whose tensors cover its data exactly once
 * @example
 * const { tensors, metadata } = readSafetensors(await run.weights())
 * tensors.get('dense_2.bias').shape // [10]
 */
export function readSafetensors(bytes: Uint8Array): Safetensors {
  const { entries, metadata, dataStart } = parseHeader(bytes)
  const tensors = new Map<string, HostTensor>()
  for (const { name, shape, begin, end } of entries) {
    // Copied, because f32 must be aligned to 4 bytes and files of other writers need not be.
    const copy = new Uint8Array(bytes.subarray(dataStart + begin, dataStart + end))
    tensors.set(name, { shape, data: new Float32Array(copy.buffer) })
  }
  return { tensors, metadata }
}

/** Where a tensor's bytes are, counted from the start of the data. */
interface Entry {
  readonly name: string
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

interface Header {
  /** In the order of their data, which they cover without gap or overlap. */
  readonly entries: readonly Entry[]
  readonly metadata: Readonly<Record<string, string>>
  /** Offset of the data in the file. */
  readonly dataStart: number
}

/** The format's own limit. */
const MAX_HEADER_BYTES = 100_000_000

/** @throws WeightsError for whatever is wrong first */
function parseHeader(bytes: Uint8Array): Header {
  const dataStart = 8 + readHeaderLength(bytes)
  const { __metadata__: metadata = {}, ...tensors } = parseJson(bytes.subarray(8, dataStart))
  checkMetadata(metadata)
  const entries = Object.entries(tensors).map(([name, value]) => parseEntry(name, value))
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end)
  checkCoverage(entries, bytes.length - dataStart)
  return { entries, metadata, dataStart }
}

function readHeaderLength(bytes: Uint8Array): number {
  if (bytes.length < 8) throw malformed(`${bytes.length} bytes, too short for a header length of 8 bytes`)
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))
  if (length > MAX_HEADER_BYTES) {
    throw malformed(
      `the header claims ${length} bytes, the format allows ${MAX_HEADER_BYTES}; is this a safetensors file?`,
    )
  }
  if (length > bytes.length - 8) {
    throw malformed(
      `the header claims ${length} bytes, the file has ${bytes.length - 8} after it; is it cut off?`,
    )
  }
  return length
}

function parseJson(bytes: Uint8Array): Record<string, unknown> {
  let text: string
  let header: unknown
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    header = JSON.parse(text)
  } catch (cause) {
    throw malformed(`the header is not JSON in UTF-8 (${String(cause)})`, { cause })
  }
  if (!isRecord(header) || !text.startsWith('{'))
    throw malformed('the header is not a JSON object from its first byte on')
  const key = findDuplicateKey(text)
  if (key !== null) throw malformed(`the header has the key ${key} twice`)
  return header
}

/** In valid JSON, of which JSON.parse silently keeps the last of two equal keys. No regular expression: long strings overflow its stack. */
function findDuplicateKey(json: string): string | null {
  const seen: Set<string>[] = []
  const colon = /\s*:/y
  for (let i = 0; i < json.length; i++) {
    if (json[i] === '{') seen.push(new Set())
    if (json[i] === '}') seen.pop()
    if (json[i] !== '"') continue
    const start = i++
    while (json[i] !== '"') i += json[i] === '\\' ? 2 : 1
    colon.lastIndex = i + 1
    if (!colon.test(json)) continue
    const key = JSON.stringify(JSON.parse(json.slice(start, i + 1)))
    const keys = seen.at(-1)
    if (keys?.has(key)) return key
    keys?.add(key)
  }
  return null
}

function checkMetadata(metadata: unknown): asserts metadata is Record<string, string> {
  if (!isRecord(metadata)) throw malformed('__metadata__ is not an object')
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== 'string')
      throw malformed(`__metadata__ ${JSON.stringify(key)} is ${show(value)}, not a string`)
  }
}

function parseEntry(name: string, value: unknown): Entry {
  const what = `tensor ${JSON.stringify(name)}`
  if (!isRecord(value)) throw malformed(`${what} is ${show(value)}, not an object`)
  const { dtype, shape, data_offsets: offsets } = value
  if (dtype !== 'F32') throw malformed(`${what}: dtype is ${show(dtype)}, only "F32" is read`)
  if (!isCounts(shape)) throw malformed(`${what}: shape is ${show(shape)}, not a list of integers from 0`)
  const [begin, end] = isCounts(offsets) && offsets.length === 2 ? offsets : []
  if (begin === undefined || end === undefined || begin > end) {
    throw malformed(`${what}: data_offsets are ${show(offsets)}, not a [begin, end] of bytes`)
  }
  const size = 4 * shape.reduce((product, dimension) => product * dimension, 1)
  if (size !== end - begin) {
    throw malformed(
      `${what}: shape [${shape.join(', ')}] needs ${size} bytes, data_offsets have ${end - begin}`,
    )
  }
  return { name, shape, begin, end }
}

function checkCoverage(entries: readonly Entry[], dataLength: number): void {
  let covered = 0
  for (const { name, begin, end } of entries) {
    const what = `tensor ${JSON.stringify(name)} at bytes ${begin}–${end}`
    if (end > dataLength)
      throw malformed(`${what} is out of range, the data has ${dataLength}; is the file cut off?`)
    if (begin < covered) throw malformed(`${what} overlaps the tensor before it, which ends at ${covered}`)
    if (begin > covered) throw malformed(`${what} leaves a gap after byte ${covered}`)
    covered = end
  }
  if (covered < dataLength) throw malformed(`${dataLength - covered} trailing bytes after the last tensor`)
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && Number(item) >= 0)
}

function show(value: unknown): string {
  const text = value === undefined ? 'missing' : JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

function malformed(what: string, options?: ErrorOptions): WeightsError {
  return new WeightsError(`safetensors: ${what}`, options)
}
