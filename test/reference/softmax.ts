/** Twin of softmax.wgsl. */

/** probabilities [M, N], each row e^z / Σ e^z; the row's largest logit is taken off first, so that none overflows. */
export function softmax({
  logits,
  M,
  N,
}: {
  readonly logits: Float64Array // [M, N]
  readonly M: number
  readonly N: number
}): Float64Array {
  const probabilities = new Float64Array(M * N)
  for (let m = 0; m < M; m++) {
    const row = logits.subarray(m * N, (m + 1) * N)
    const largest = Math.max(...row)
    const powers = row.map((z) => Math.exp(z - largest))
    const sum = powers.reduce((total, power) => total + power, 0)
    for (let c = 0; c < N; c++) probabilities[m * N + c] = powers[c]! / sum
  }
  return probabilities
}
