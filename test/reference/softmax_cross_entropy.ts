/** Twin of softmax_cross_entropy.wgsl: loss, gradient and the count of right answers in one pass over the logits. */
import { countCorrect } from './argmax.ts'
import { softmax } from './softmax.ts'

/**
 * loss: the sum over the rows that count of Σ_c t_c · (log Σ e^z − z_c); targets need not sum to 1.
 * gradient [M, N]: of the mean of the same, (softmax · Σ t − t) / count; 0 in the rows that do not count.
 * correct: how many rows that count have their largest logit where their largest target is.
 */
export function softmaxCrossEntropy({
  logits,
  targets,
  M,
  N,
  count,
}: {
  readonly logits: Float64Array // [M, N]
  readonly targets: Float64Array // [M, N], one-hot rows for labels
  readonly M: number
  readonly N: number
  readonly count: number // rows that count, 0 … M; the first ones
}): { loss: number; gradient: Float64Array; correct: number } {
  const probabilities = softmax({ logits, M, N })
  const gradient = new Float64Array(M * N)
  let loss = 0
  for (let m = 0; m < count; m++) {
    const z = logits.subarray(m * N, (m + 1) * N)
    const t = targets.subarray(m * N, (m + 1) * N)
    const largest = Math.max(...z)
    const logSumExp = largest + Math.log(z.reduce((total, x) => total + Math.exp(x - largest), 0))
    const weight = t.reduce((total, x) => total + x, 0)
    for (let c = 0; c < N; c++) {
      if (t[c] !== 0) loss += t[c]! * (logSumExp - z[c]!) // a logit of −∞ under a target of 0 is no loss
      gradient[m * N + c] = (probabilities[m * N + c]! * weight - t[c]!) / count
    }
  }
  return { loss, gradient, correct: countCorrect({ outputs: logits, targets, M, N, count }) }
}
