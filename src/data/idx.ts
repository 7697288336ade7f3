/** The IDX file format, in which MNIST and its relatives are given: bytes in, a shape and its elements out. */
import { DataError } from '../errors.ts'
import { gunzip, MAX_FILE_BYTES } from './gunzip.ts'

/** What an IDX file of unsigned bytes holds. */
export interface Idx {
  /** Sizes of the dimensions, outermost first: [60000, 28, 28]. */
  readonly shape: readonly number[]
  /** [shape], row-major. */
  readonly data: Uint8Array<ArrayBuffer>
}

/**
 * Reads an IDX file of unsigned bytes, plain or gzipped. Format: http://yann.lecun.com/exdb/mnist/, "the IDX file
 * format": two zero bytes, element type, rank, the dimensions as big-endian u32, the elements.
 *
 * @param name what errors call the file
 * @throws DataError for a wrong magic number, another element type, a file shorter or longer than its dimensions
 *   say, or one above 1 GiB
 * @example
 * const { shape, data } = await parseIdx(new Uint8Array([0, 0, 8, 1, 0, 0, 0, 2, 7, 2]), 'two labels')
 * shape // [2]
 * data // [7, 2]
 */
export async function parseIdx(bytes: Uint8Array, name: string): Promise<Idx> {
  const plain = await gunzip(bytes, name)
  const view = new DataView(plain.buffer, plain.byteOffset, plain.byteLength)
  const rank = readRank(view, name)
  const start = 4 + 4 * rank
  if (plain.length < start) {
    throw new DataError(
      `${name}: ${plain.length} bytes, too short for a header of ${rank} dimensions (${start} bytes)`,
    )
  }
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i))
  checkSize(shape, plain.length - start, name)
  return { shape, data: new Uint8Array(plain.subarray(start)) }
}

function readRank(view: DataView, name: string): number {
  if (view.byteLength < 4) throw new DataError(`${name}: ${view.byteLength} bytes, too short for an IDX file`)
  const magic = view.getUint32(0)
  const [rank, type] = [magic & 0xff, (magic >>> 8) & 0xff]
  if (magic >>> 16 !== 0 || rank === 0) {
    throw new DataError(
      `${name}: magic number is ${hex(magic, 8)}, expected 0x000008NN with NN dimensions; not an IDX file`,
    )
  }
  if (type !== 0x08) {
    const known = elementTypes[type]
    throw new DataError(
      `${name}: element type is ${hex(type, 2)}${known ? ` (${known})` : ''}, expected 0x08 (unsigned byte)`,
    )
  }
  return rank
}

const elementTypes: Readonly<Record<number, string>> = {
  0x09: 'signed byte',
  0x0b: '16-bit integer',
  0x0c: '32-bit integer',
  0x0d: '32-bit float',
  0x0e: '64-bit float',
}

function checkSize(shape: readonly number[], present: number, name: string): void {
  const size = shape.reduce((product, dimension) => product * dimension, 1)
  const says = `${name}: dimensions ${shape.join('×')} need ${size} bytes of elements`
  // A product that overflows (Infinity, or NaN after a zero) fails this too.
  if (!(size <= MAX_FILE_BYTES)) throw new DataError(`${says}, more than the limit of ${MAX_FILE_BYTES}`)
  if (present < size) throw new DataError(`${says}, the file has ${present}: it is cut off; fetch it again`)
  if (present > size)
    throw new DataError(`${says}, the file has ${present}: ${present - size} trailing bytes`)
}

/** `0x00000803`: a number as the format's description writes it. */
export function hex(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, '0')}`
}
