/** What the comparison of the oracle tests accepts, what it refuses, and what it then tells. */
import { describe, expect, it } from 'vitest'
import { expectClose, relativeError, unwrittenBits } from '../../src/testing/compare.ts'
import { normals } from '../support/data.ts'

const off = (by: number): Float32Array => Float32Array.of(3 + by, 4)
const close = { tolerance: 1e-6, label: 'matmul 2×3' }

describe('relativeError', () => {
  it('is the norm of the difference over the norm of what is expected', () => {
    expect(relativeError(off(0.5), Float64Array.of(3, 4))).toBe(0.1)
  })

  it('is the norm itself where 0 is expected', () => {
    expect(relativeError(Float32Array.of(3, 4), new Float64Array(2))).toBe(5)
  })

  it('of the same numbers in f32 is at most half a unit in the last place', () => {
    const x = Float64Array.from(normals(1000, 1)).map((value) => value * 1.1)
    expect(relativeError(Float32Array.from(x), x)).toBeLessThan(2 ** -24)
  })

  it('takes the same NaN and infinities for equal', () => {
    expect(relativeError(Float32Array.of(NaN, Infinity, 1.5), Float64Array.of(NaN, Infinity, 1.5))).toBe(0)
  })

  it.each([
    { actual: NaN, expected: 1 },
    { actual: 1, expected: NaN },
    { actual: Infinity, expected: 1 },
    { actual: 1, expected: -Infinity },
    { actual: Infinity, expected: -Infinity },
    { actual: NaN, expected: Infinity },
    { actual: NaN, expected: 0 },
  ])('is infinite for $actual where $expected is expected', ({ actual, expected }) => {
    expect(relativeError(Float32Array.of(actual, 1), Float64Array.of(expected, 1))).toBe(Infinity)
  })

  it('refuses another length', () => {
    expect(() => relativeError(new Float32Array(3), new Float64Array(2))).toThrow(
      '3 elements, but 2 are expected',
    )
  })
})

describe('expectClose', () => {
  it('accepts what is within the tolerance and refuses what is not', () => {
    const expected = Float64Array.of(3, 4)
    expectClose(off(0.49), expected, { tolerance: 0.1, label: 'sum' })
    expect(() => {
      expectClose(off(0.51), expected, { tolerance: 0.1, label: 'sum' })
    }).toThrow('sum: relative error 1.02e-1, tolerance 1.00e-1; 1 of 2 elements are off, the first at 0')
  })

  it.each([NaN, Infinity, -Infinity])('refuses a stray %d under any tolerance', (stray) => {
    expect(() => {
      expectClose(Float32Array.of(1, stray), Float64Array.of(1, 1), { tolerance: 1e30, label: 'sum' })
    }).toThrow('the first at 1')
  })

  it('draws a table around the first bad element, by row and column', () => {
    const expected = Float64Array.from({ length: 12 }, (_, i) => i)
    const actual = Float32Array.from(expected)
    actual[7] = 7.5
    actual[8] = NaN
    new Uint32Array(actual.buffer)[9] = unwrittenBits
    let message = ''
    try {
      expectClose(actual, expected, { ...close, columns: 3 })
    } catch (error) {
      message = String(error)
    }
    expect(message).toBe(
      [
        'Error: matmul 2×3: relative error Infinity, tolerance 1.00e-6; 3 of 12 elements are off, the first at 7 (row 2, column 1)',
        'index                 5             6             7             8             9            10            11',
        'actual                5             6           7.5           NaN     unwritten            10            11',
        '                                                  ✗             ✗             ✗                            ',
        'expected              5             6             7             8             9            10            11',
      ].join('\n'),
    )
  })

  it('always finds a bad element to show, however evenly the error is spread', () => {
    const expected = Float64Array.from(normals(1000, 2))
    const actual = Float32Array.from(expected, (x, i) => x + (i % 2 ? 2e-6 : -2e-6))
    expect(() => {
      expectClose(actual, expected, close)
    }).toThrow('1000 of 1000 elements are off, the first at 0')
  })
})
