import { mkdtemp, readdir, readFile, rm, writeFile, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WeightsError } from '../../src/errors.ts'
import { readSafetensors } from '../../src/io/readSafetensors.ts'
import { writeSafetensors, type NamedTensor } from '../../src/io/safetensors.ts'
import { readWeights, writeFileAtomic, writeWeights } from '../../src/node/files.ts'

const bias = { name: 'bias', shape: [2], data: new Float32Array([1, -2]) }
const weight = { name: 'weight', shape: [2, 3], data: new Float32Array([1, 2, 3, 4, 5, 6]) }

/** A file with this header, whatever it says, and so many bytes of data. */
function file(header: unknown, dataLength: number): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  const bytes = new Uint8Array(8 + json.length + dataLength)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true)
  bytes.set(json, 8)
  return bytes
}

const anyTensors = fc.uniqueArray(
  fc
    .record({
      name: fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', '0', 'dense_1.weight')),
      shape: fc.array(fc.nat(4), { maxLength: 3 }),
    })
    .chain(({ name, shape }) => {
      const length = shape.reduce((product, size) => product * size, 1)
      return fc
        .float32Array({ minLength: length, maxLength: length })
        .map((data): NamedTensor => ({ name, shape, data }))
    }),
  { maxLength: 5, selector: ({ name }) => name },
)
const anyMetadata = fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true })

describe('safetensors', () => {
  it('is laid out as the format says: length, header padded to 8 bytes, data by name', () => {
    const header = '{"__metadata__":{"a":"1"},"bias":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'
    const bytes = writeSafetensors([bias], { a: '1' })
    const length = Math.ceil(header.length / 8) * 8
    expect(new DataView(bytes.buffer).getBigUint64(0, true)).toBe(BigInt(length))
    expect(new TextDecoder().decode(bytes.subarray(8, 8 + length))).toBe(header.padEnd(length))
    expect([...new Float32Array(bytes.slice(8 + length).buffer)]).toEqual([1, -2])
  })

  it('gives the same bytes for the same weights in any order', () => {
    const bytes = writeSafetensors([weight, bias], { b: '2', a: '1' })
    expect(bytes).toEqual(writeSafetensors([bias, weight], { a: '1', b: '2' }))
  })

  it('gives back what was written, bit for bit', () => {
    fc.assert(
      fc.property(anyTensors, anyMetadata, (tensors, metadata) => {
        const read = readSafetensors(writeSafetensors(tensors, metadata))
        expect(read.metadata).toEqual(metadata)
        expect(read.tensors.size).toBe(tensors.length)
        for (const { name, shape, data } of tensors) {
          expect(read.tensors.get(name)?.shape).toEqual(shape)
          expect(new Uint8Array(read.tensors.get(name)!.data.buffer)).toEqual(
            new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
          )
        }
      }),
      { numRuns: 200 },
    )
  })

  it('reads a view into a larger buffer, and data that is not aligned', () => {
    const header = '{"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} '
    const bytes = Buffer.concat([Buffer.from('xyz'), file(header, 4)]).subarray(3)
    expect(readSafetensors(bytes).tensors.get('t')).toEqual({ shape: [1], data: new Float32Array(1) })
  })

  it('after any damage, either reads tensors that fit their shapes or throws a WeightsError', () => {
    const valid = writeSafetensors(
      [bias, weight, { name: 'none', shape: [0, 3], data: new Float32Array() }],
      { a: '1' },
    )
    const byte = fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('"{}[],:0-9e. \\')))
    const damage = fc.record({
      at: fc.nat(valid.length - 1),
      byte,
      kind: fc.constantFrom('set', 'insert', 'remove', 'cut'),
    })
    let refused = 0
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), (damages) => {
        let bytes = [...valid]
        for (const { at, byte, kind } of damages) {
          if (kind === 'cut') bytes = bytes.slice(0, at)
          else bytes.splice(at, kind === 'insert' ? 0 : 1, ...(kind === 'remove' ? [] : [byte]))
        }
        try {
          for (const { shape, data } of readSafetensors(Uint8Array.from(bytes)).tensors.values()) {
            expect(data.length).toBe(shape.reduce((product, size) => product * size, 1))
          }
        } catch (error) {
          expect(error).toBeInstanceOf(WeightsError)
          refused++
        }
      }),
      { numRuns: 3000 },
    )
    expect(refused).toBeGreaterThan(1000)
  })

  const f32 = (begin: number, end: number, shape: unknown = [(end - begin) / 4]): object => ({
    dtype: 'F32',
    shape,
    data_offsets: [begin, end],
  })
  it.each<[string, Uint8Array, string]>([
    ['too few bytes', new Uint8Array(7), '7 bytes, too short for a header length'],
    [
      'a header longer than the file',
      file({}, 0).fill(50, 0, 1),
      'the header claims 50 bytes, the file has 2',
    ],
    ['a header above 100 MB', new Uint8Array(16).fill(255), 'the format allows 100000000'],
    ['no JSON', file('{"a":', 0), 'not JSON'],
    ['no UTF-8', file({ a: 1 }, 0).fill(0xff, 10, 11), 'not JSON in UTF-8'],
    ['a list for a header', file([], 0), 'not a JSON object'],
    ['space before the header', file(' {}', 0), 'not a JSON object from its first byte on'],
    ['a tensor that is no object', file({ t: null }, 0), 'tensor "t" is null'],
    [
      'another dtype',
      file({ t: { ...f32(0, 4, [2]), dtype: 'F16' } }, 4),
      'tensor "t": dtype is "F16", only "F32"',
    ],
    ['no dtype', file({ t: { shape: [1], data_offsets: [0, 4] } }, 4), 'dtype is missing'],
    ['no shape', file({ t: { dtype: 'F32', data_offsets: [0, 4] } }, 4), 'shape is missing'],
    ['a negative size', file({ t: f32(0, 4, [-1]) }, 4), 'shape is [-1]'],
    ['a fractional size', file({ t: f32(0, 4, [0.5, 2]) }, 4), 'shape is [0.5,2]'],
    ['a size that is no safe integer', file({ t: f32(0, 4, [2 ** 53]) }, 4), 'shape is [9007199254740992]'],
    ['a product that overflows', file({ t: f32(0, 4, Array(30).fill(2 ** 40)) }, 4), 'needs Infinity bytes'],
    [
      'a shape that needs other bytes',
      file({ t: f32(0, 4, [2]) }, 4),
      'shape [2] needs 8 bytes, data_offsets have 4',
    ],
    ['one offset', file({ t: { ...f32(0, 4), data_offsets: [0] } }, 4), 'data_offsets are [0]'],
    ['offsets in reverse', file({ t: f32(4, 0, [1]) }, 4), 'data_offsets are [4,0]'],
    [
      'offsets out of range',
      file({ t: f32(0, 8) }, 4),
      'tensor "t" at bytes 0–8 is out of range, the data has 4',
    ],
    ['an overlap', file({ s: f32(0, 8), t: f32(4, 12) }, 12), 'tensor "t" at bytes 4–12 overlaps'],
    ['two tensors at one place', file({ s: f32(0, 4), t: f32(0, 4) }, 4), 'overlaps'],
    [
      'a gap',
      file({ s: f32(0, 4), t: f32(8, 12) }, 12),
      'tensor "t" at bytes 8–12 leaves a gap after byte 4',
    ],
    ['trailing bytes', file({ t: f32(0, 4) }, 7), '3 trailing bytes'],
    ['data without tensors', file({}, 1), '1 trailing bytes'],
    ['metadata that is no object', file({ __metadata__: [] }, 0), '__metadata__ is not an object'],
    [
      'metadata that is no string',
      file({ __metadata__: { epoch: 1 } }, 0),
      '__metadata__ "epoch" is 1, not a string',
    ],
    [
      'a name twice',
      file('{"t":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"\\u0074":{}}', 0),
      'the key "t" twice',
    ],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => readSafetensors(bytes)).toThrow(WeightsError)
    expect(() => readSafetensors(bytes)).toThrow(message)
  })

  it('reads a header with long strings full of escapes', () => {
    const long = '"\\'.repeat(2 ** 20)
    expect(readSafetensors(writeSafetensors([], { long })).metadata).toEqual({ long })
  })

  it('refuses to write what could not be read', () => {
    expect(() => writeSafetensors([bias, bias], {})).toThrow('two tensors are called "bias"')
    expect(() => writeSafetensors([{ ...bias, name: '__metadata__' }], {})).toThrow('reserves')
    expect(() => writeSafetensors([{ ...bias, shape: [3] }], {})).toThrow(
      'bias: shape [3] does not fit 2 values',
    )
    expect(() => writeSafetensors([{ ...bias, shape: [-1, -2] }], {})).toThrow(WeightsError)
  })
})

describe('weights files', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wgrad-files-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('come back as written, below folders that did not exist', async () => {
    const path = join(folder, 'runs/1/a.safetensors')
    const bytes = writeSafetensors([bias], {})
    await writeWeights(path, bytes)
    expect(await readWeights(path)).toEqual(bytes)
  })

  it('are replaced as a whole, and leave nothing beside them', async () => {
    const path = join(folder, 'replaced/log.json')
    await writeFileAtomic(path, 'a longer text')
    await writeFileAtomic(path, 'short')
    expect(await readFile(path, 'utf8')).toBe('short')
    expect(await readdir(join(folder, 'replaced'))).toEqual(['log.json'])
  })

  it('leave no temporary file where writing fails', async () => {
    await mkdir(join(folder, 'taken/path/inside'), { recursive: true })
    await expect(writeWeights(join(folder, 'taken/path'), new Uint8Array(1))).rejects.toThrow(WeightsError)
    expect(await readdir(join(folder, 'taken'))).toEqual(['path'])
  })

  it('that are missing or unreadable are named', async () => {
    const missing = join(folder, 'none.safetensors')
    await expect(readWeights(missing)).rejects.toThrow(`${missing}: no such weights file`)
    await expect(readWeights(folder)).rejects.toThrow(WeightsError)
    await writeFile(join(folder, 'plain'), '')
    await expect(readWeights(join(folder, 'plain/file'))).rejects.toThrow(WeightsError)
  })
})
