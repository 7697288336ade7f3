/** Twin of dense_softmax_cross_entropy.wgsl: a dense layer, its loss, and the gradient of the layer's input. */
import { bias } from './bias.ts'
import { matmul } from './matmul.ts'
import { softmaxCrossEntropy } from './softmax_cross_entropy.ts'

/** Loss, gradient of the logits and right answers as of softmaxCrossEntropy; inputGradient [M, K] is gradient · Wᵀ. */
export function denseSoftmaxCrossEntropy({
  a,
  weights,
  biasAt,
  targets,
  M,
  N,
  K,
  count,
}: {
  readonly a: Float64Array // [M, K]
  readonly weights: Float64Array // [K, N], and [N] from biasAt on
  readonly biasAt: number
  readonly targets: Float64Array // [M, N]
  readonly M: number
  readonly N: number
  readonly K: number
  readonly count: number // rows that count
}): ReturnType<typeof softmaxCrossEntropy> & { inputGradient: Float64Array } {
  const w = weights.subarray(0, K * N)
  const logits = bias({ input: matmul({ a, b: w, M, N, K }), row: weights.subarray(biasAt, biasAt + N), N })
  const loss = softmaxCrossEntropy({ logits, targets, M, N, count })
  return { ...loss, inputGradient: matmul({ a: loss.gradient, b: w, M, N: K, K: N, transposeB: true }) }
}
