/** Series of numbers as the columns of a chart, for the report and for the page. */

/** y by x. */
export type Points = ReadonlyMap<number, number>

/** The x of all series in order, then the y of each. */
export function joinColumns(series: readonly Points[]): (number | null)[][] {
  const xs = [...new Set(series.flatMap((points) => [...points.keys()]))].toSorted((a, b) => a - b)
  return [xs, ...series.map((points) => xs.map((x) => points.get(x) ?? null))]
}

/** Means of `size` neighbours. */
export function thin(values: readonly number[], size: number): number[] {
  return Array.from({ length: Math.ceil(values.length / size) }, (_, i) => {
    const group = values.slice(i * size, (i + 1) * size)
    return group.reduce((sum, value) => sum + value, 0) / group.length
  })
}

/** An exponential mean that forgets over `horizon` values, without the bias of its start (Kingma & Ba 2015, section 3). */
export function smoothen(values: readonly number[], horizon: number): number[] {
  const keep = 1 - 1 / Math.max(2, horizon)
  let mean = 0
  let weight = 0
  return values.map((value) => {
    mean = keep * mean + (1 - keep) * value
    weight = keep * weight + (1 - keep)
    return mean / weight
  })
}
