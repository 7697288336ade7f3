/** The metrics of steps as loss kernels leave them on the device: a row for each step, in the parts that they sum in. */
import { lossParts } from '../ops/lossParts.ts'

/** Bytes of a row: (sum of losses, right answers) f32 of each part. */
export function metricsRowBytes(batchSize: number): number {
  return lossParts(batchSize) * 8
}

/** (sum of losses, right answers) of each row → [rows, 2], from [rows, parts, 2]. */
export function sumParts(metrics: Float32Array, rows: number): Float64Array {
  const sums = new Float64Array(2 * rows)
  const width = metrics.length / rows
  metrics.forEach((value, i) => {
    const at = 2 * Math.floor(i / width) + (i % 2)
    sums[at] = (sums[at] ?? 0) + value
  })
  return sums
}
