/** Statistics of timings: order statistics and rank tests, which take no distribution for granted. */

/** The q-quantile of some values, interpolated between neighbours (Hyndman & Fan 1996, definition 7). */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const at = q * (sorted.length - 1)
  const below = sorted[Math.floor(at)] ?? NaN
  return below + (at - Math.floor(at)) * ((sorted[Math.ceil(at)] ?? NaN) - below)
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** The distance between the quartiles. */
export function interquartileRange(values: readonly number[]): number {
  return quantile(values, 0.75) - quantile(values, 0.25)
}

export interface RankTest {
  /** Pairs in which the value of a is the larger one, ties as half. */
  readonly u: number
  /** Two-sided: how likely as large a difference is where there is none. */
  readonly p: number
}

/**
 * The test of Mann & Whitney 1947, by the normal approximation with corrections for ties and continuity; good from
 * about 8 values a side.
 */
export function mannWhitney(a: readonly number[], b: readonly number[]): RankTest {
  const u = a.reduce((sum, x) => sum + b.reduce((pairs, y) => pairs + (x > y ? 1 : x === y ? 0.5 : 0), 0), 0)
  const n = a.length + b.length
  const counts = new Map<number, number>()
  for (const value of [...a, ...b]) counts.set(value, (counts.get(value) ?? 0) + 1)
  const ties = [...counts.values()].reduce((sum, t) => sum + t ** 3 - t, 0)
  const variance = ((a.length * b.length) / 12) * (n + 1 - ties / (n * (n - 1)))
  const distance = Math.max(0, Math.abs(u - (a.length * b.length) / 2) - 0.5)
  return { u, p: variance > 0 ? erfc(distance / Math.sqrt(2 * variance)) : 1 }
}

export interface RatioEstimate {
  /** Median of b / a over all pairs (Hodges & Lehmann 1963, on logarithms). */
  readonly ratio: number
  /** Its confidence interval of 99 %, from the distribution of the rank test. */
  readonly low: number
  readonly high: number
}

/** By which factor the values of b, all positive, are larger than those of a. */
export function estimateRatio(a: readonly number[], b: readonly number[]): RatioEstimate {
  const ratios = a.flatMap((x) => b.map((y) => y / x)).sort((x, y) => x - y)
  const spread = Math.sqrt((a.length * b.length * (a.length + b.length + 1)) / 12)
  const outside = Math.floor(ratios.length / 2 - z99 * spread)
  return {
    ratio: median(ratios),
    // Where there are too few pairs for that confidence, no ratio is excluded.
    low: ratios[outside - 1] ?? 0,
    high: ratios[ratios.length - outside] ?? Infinity,
  }
}

/** The quantile 0.995 of the normal distribution. */
const z99 = 2.5758

/** The complement of the error function, to 1.2e-7 of itself (Press et al., Numerical Recipes, § 6.2), for x ≥ 0. */
function erfc(x: number): number {
  const t = 1 / (1 + x / 2)
  return t * Math.exp(-x * x + coefficients.reduceRight((sum, c) => sum * t + c, 0))
}

const coefficients = [
  -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587,
  -0.82215223, 0.17087277,
]
