/** Twin of softmax_grad.wgsl: reads the forward output. */

/** [M, N]: s ⊙ (g − ⟨g, s⟩) in each row, s the probabilities and g their gradient. */
export function softmaxGrad({
  gradient,
  probabilities,
  M,
  N,
}: {
  readonly gradient: Float64Array // [M, N]
  readonly probabilities: Float64Array // [M, N], what softmax returned
  readonly M: number
  readonly N: number
}): Float64Array {
  const logitsGradient = new Float64Array(M * N)
  for (let m = 0; m < M; m++) {
    const g = gradient.subarray(m * N, (m + 1) * N)
    const s = probabilities.subarray(m * N, (m + 1) * N)
    const inner = g.reduce((sum, x, c) => sum + x * s[c]!, 0)
    for (let c = 0; c < N; c++) logitsGradient[m * N + c] = s[c]! * (g[c]! - inner)
  }
  return logitsGradient
}
