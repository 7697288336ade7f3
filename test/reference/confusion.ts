/** Twin of confusion.wgsl. */
import { argmax } from './argmax.ts'

/** counts [N, N]: how many of the rows that count have this true class (row) and this predicted class (column). */
export function confusion({
  outputs,
  targets,
  M,
  N,
  count,
}: {
  readonly outputs: Float64Array // [M, N]
  readonly targets: Float64Array // [M, N], one-hot rows for labels
  readonly M: number
  readonly N: number
  readonly count: number // rows that count, 0 … M; the first ones
}): Uint32Array {
  const truth = argmax({ input: targets, M, N })
  const predicted = argmax({ input: outputs, M, N })
  const counts = new Uint32Array(N * N)
  for (let m = 0; m < count; m++) counts[truth[m]! * N + predicted[m]!]! += 1
  return counts
}
