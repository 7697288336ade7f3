/** In which order a step sees the examples of its batch: to a gradient it is all one, to a processor it is not. */
import type { Dataset } from '../data/dataset.ts'

/**
 * Puts the examples of each batch in the order of where their first byte lies that is not 0: images that begin in the
 * same row are side by side, so that a block of examples has more values of k that are zeros in all of them.
 */
export function batchOrder({ features, count }: Dataset, batchSize: number): (order: Order) => Order {
  const width = features.length / count
  const firstByte = (example: number): number => {
    let at = 0
    // No further than a key holds.
    while (at < width && at < 2 ** 20 && features[example * width + at] === 0) at++
    return at
  }
  // Two numbers in one, since numbers are sorted faster than by a function; a u32 keeps the lower.
  const keys = Float64Array.from({ length: count }, (_, example) => firstByte(example) * 2 ** 32 + example)
  return (order) => {
    const sorted = new Float64Array(order).map((example) => keys[example] ?? 0)
    for (let at = 0; at < count; at += batchSize) sorted.subarray(at, at + batchSize).sort()
    return new Uint32Array(sorted)
  }
}

/** The numbers of examples. */
export type Order = Uint32Array<ArrayBuffer>
