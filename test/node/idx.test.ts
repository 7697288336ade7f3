import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { parseIdx } from '../../src/data/idx.ts'
import { DataError } from '../../src/errors.ts'

function idx(shape: readonly number[], data: readonly number[], type = 0x08): Uint8Array {
  const header = new DataView(new ArrayBuffer(4 + 4 * shape.length))
  header.setUint8(2, type)
  header.setUint8(3, shape.length)
  shape.forEach((size, i) => {
    header.setUint32(4 + 4 * i, size)
  })
  return Uint8Array.from([...new Uint8Array(header.buffer), ...data])
}

async function refusal(bytes: Uint8Array): Promise<string> {
  const error: unknown = await parseIdx(bytes, 'some-file').catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(DataError)
  return (error as DataError).message
}

describe('parseIdx', () => {
  const bytes = idx([2, 1, 3], [1, 2, 3, 4, 5, 6])

  it('reads shape and elements', async () => {
    expect(await parseIdx(bytes, 'f')).toEqual({ shape: [2, 1, 3], data: new Uint8Array([1, 2, 3, 4, 5, 6]) })
  })

  it('inflates gzip by its magic number, whatever the name', async () => {
    expect(await parseIdx(gzipSync(bytes), 'f')).toEqual(await parseIdx(bytes, 'f.gz'))
  })

  it('reads a view into a larger buffer, and hands out a copy', async () => {
    const larger = new Uint8Array(bytes.length + 9)
    larger.set(bytes, 5)
    const { data } = await parseIdx(larger.subarray(5, 5 + bytes.length), 'f')
    larger.fill(0)
    expect([...data]).toEqual([1, 2, 3, 4, 5, 6])
  })

  it('reads a file of no elements', async () => {
    expect(await parseIdx(idx([0, 28, 28], []), 'f')).toEqual({ shape: [0, 28, 28], data: new Uint8Array() })
  })

  it.each([
    ['nothing', new Uint8Array(), 'some-file: 0 bytes, too short for an IDX file'],
    [
      'a header that is cut off',
      bytes.subarray(0, 12),
      '12 bytes, too short for a header of 3 dimensions (16 bytes)',
    ],
    [
      'elements that are cut off',
      bytes.subarray(0, 20),
      'dimensions 2×1×3 need 6 bytes of elements, the file has 4',
    ],
    ['trailing bytes', Uint8Array.from([...bytes, 7, 8]), 'the file has 8: 2 trailing bytes'],
    [
      'another format',
      new TextEncoder().encode('<!doctype html>'),
      'magic number is 0x3c21646f, expected 0x000008NN',
    ],
    ['no dimensions', idx([], []), 'magic number is 0x00000800'],
    [
      'floats',
      idx([1], [0, 0, 0, 0], 0x0d),
      'element type is 0x0d (32-bit float), expected 0x08 (unsigned byte)',
    ],
    [
      'dimensions beyond any memory',
      idx([4e9, 4e9, 4e9], [1]),
      'need 6.4e+28 bytes of elements, more than the limit',
    ],
    [
      'dimensions whose product overflows',
      idx([...Array<number>(40).fill(4e9), 0], [1]),
      '×0 need NaN bytes of elements',
    ],
    [
      'gzip that is cut off',
      gzipSync(bytes).subarray(0, 20),
      'the gzip stream of 20 bytes is damaged or cut off',
    ],
    ['gzip of a cut-off file', gzipSync(bytes.subarray(0, 20)), 'need 6 bytes of elements, the file has 4'],
  ])('refuses %s, naming the file and the numbers', async (_, malformed, message) => {
    const text = await refusal(malformed)
    expect(text).toContain(message)
    expect(text).toContain('some-file: ')
  })
})
