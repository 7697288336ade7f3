/** The statistics of the benchmark against values of SciPy 1.17, NumPy 2 and by hand. */
import { describe, expect, it } from 'vitest'
import {
  estimateRatio,
  interquartileRange,
  mannWhitney,
  median,
  quantile,
} from '../../src/bench/statistics.ts'

const digits = [3, 1, 4, 1, 5, 9, 2, 6]

describe('order statistics', () => {
  it('are those of NumPy', () => {
    expect(quantile(digits, 0.25)).toBe(1.75)
    expect(quantile(digits, 0.75)).toBe(5.25)
    expect(median(digits)).toBe(3.5)
    expect(interquartileRange(digits)).toBe(3.5)
  })

  it('of one value are that value, and the values stay in their order', () => {
    expect(quantile([7], 0.9)).toBe(7)
    expect(digits[0]).toBe(3)
  })
})

describe('the test of Mann and Whitney', () => {
  it('is that of SciPy', () => {
    const { u, p } = mannWhitney([19, 22, 16, 29, 24], [20, 11, 17, 12])
    expect(u).toBe(17)
    expect(p).toBeCloseTo(0.11134688653314041, 7)
  })

  it('with ties too', () => {
    const { u, p } = mannWhitney([1, 2, 2, 3, 5, 5, 8, 9, 9, 12], [2, 4, 5, 6, 9, 10, 11, 12, 13, 13])
    expect(u).toBe(27.5)
    expect(p).toBeCloseTo(0.09455069810237855, 7)
  })

  it('finds that samples which do not overlap differ, in either direction', () => {
    const low = Array.from({ length: 10 }, (_, i) => 10.1 + i / 10)
    const high = low.map((x) => x + 2)
    expect(mannWhitney(low, high).p).toBeCloseTo(0.00018267179110955002, 9)
    expect(mannWhitney(high, low).p).toBeCloseTo(0.00018267179110955002, 9)
  })

  it('finds no difference between equals', () => {
    expect(mannWhitney([5, 5, 5], [5, 5, 5]).p).toBe(1)
  })
})

describe('the ratio of two samples', () => {
  it('is the median over all pairs, between the 15th from either end of 100', () => {
    const before = [10, 11, 12, 13, 14, 15, 16, 17, 18, 19]
    const { ratio, low, high } = estimateRatio(
      before,
      before.map((x) => 2 * x),
    )
    expect(ratio).toBe(2)
    expect(low).toBeCloseTo(1.4444444444444444, 12)
    expect(high).toBeCloseTo(2.769230769230769, 12)
  })

  it('of three and three values is not known with such confidence', () => {
    expect(estimateRatio([1, 1, 1], [2, 2, 2])).toEqual({ ratio: 2, low: 0, high: Infinity })
  })
})
