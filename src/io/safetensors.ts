/** Weights as bytes: the safetensors format, as we write it. Nothing here knows of models or files. */
import { WeightsError } from '../errors.ts'

/** An f32 tensor on the host. */
export interface HostTensor {
  /** Sizes of the dimensions, outermost first; [] is a scalar. */
  readonly shape: readonly number[]
  /** [shape] f32, row-major. */
  readonly data: Float32Array
}

export interface NamedTensor extends HostTensor {
  readonly name: string
}

/**
 * A safetensors file: header length as u64, JSON header padded with spaces to 8 bytes, f32 data, all little-endian.
 * Tensors and metadata are ordered by name, so that the same weights give the same bytes.
 *
 * Format: https://huggingface.co/docs/safetensors, "Format".
 *
 * @throws WeightsError for a name that occurs twice or is reserved, and a shape that does not fit its data
 * @example
 * const bytes = writeSafetensors([{ name: 'dense_1.bias', shape: [10], data: new Float32Array(10) }], { format: 'wgrad' })
 */
export function writeSafetensors(
  tensors: readonly NamedTensor[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const sorted = tensors.toSorted((a, b) => compare(a.name, b.name))
  sorted.forEach((tensor, i) => {
    checkTensor(tensor, sorted[i - 1])
  })
  const header = encodeHeader(sorted, metadata)
  const size = sorted.reduce((sum, { data }) => sum + data.byteLength, 0)
  const bytes = new Uint8Array(8 + header.length + size)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true)
  bytes.set(header, 8)
  let offset = 8 + header.length
  for (const { data } of sorted) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset)
    offset += data.byteLength
  }
  return bytes
}

function checkTensor({ name, shape, data }: NamedTensor, before: NamedTensor | undefined): void {
  if (name === '__metadata__')
    throw new WeightsError('a tensor is called __metadata__, which the format reserves')
  if (name === before?.name) throw new WeightsError(`two tensors are called ${JSON.stringify(name)}`)
  const length = shape.reduce((product, size) => product * size, 1)
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0) || length !== data.length) {
    throw new WeightsError(`${name}: shape [${shape.join(', ')}] does not fit ${data.length} values`)
  }
}

function encodeHeader(
  tensors: readonly NamedTensor[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  let end = 0
  const entries = tensors.map(({ name, shape, data }): [string, unknown] => {
    const begin = end
    end += data.byteLength
    return [name, { dtype: 'F32', shape, data_offsets: [begin, end] }]
  })
  const sortedMetadata = Object.fromEntries(Object.entries(metadata).toSorted(([a], [b]) => compare(a, b)))
  const header = Object.fromEntries([['__metadata__', sortedMetadata], ...entries])
  const json = new TextEncoder().encode(JSON.stringify(header))
  const padded = new Uint8Array(Math.ceil(json.length / 8) * 8).fill(0x20)
  padded.set(json)
  return padded
}

/** By UTF-16 code units: the same order everywhere, whatever the language. */
function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
