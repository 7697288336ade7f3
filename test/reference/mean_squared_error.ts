/** Twin of mean_squared_error.wgsl: loss, gradient and the count of right answers in one pass over the predictions. */
import { countCorrect } from './argmax.ts'

/**
 * loss: the sum over the rows that count of 1/N · Σ_c (p_c − t_c)².
 * gradient [M, N]: of the mean of the same, 2 · (p − t) / (N · count); 0 in the rows that do not count.
 * correct: how many rows that count have their largest prediction where their largest target is.
 */
export function meanSquaredError({
  predictions,
  targets,
  M,
  N,
  count,
}: {
  readonly predictions: Float64Array // [M, N]
  readonly targets: Float64Array // [M, N]
  readonly M: number
  readonly N: number
  readonly count: number // rows that count, 0 … M; the first ones
}): { loss: number; gradient: Float64Array; correct: number } {
  const gradient = new Float64Array(M * N)
  let loss = 0
  for (let i = 0; i < count * N; i++) {
    const difference = predictions[i]! - targets[i]!
    loss += difference ** 2 / N
    gradient[i] = (2 * difference) / (N * count)
  }
  return { loss, gradient, correct: countCorrect({ outputs: predictions, targets, M, N, count }) }
}
