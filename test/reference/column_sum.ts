/** Twin of column_sum.wgsl: the gradient of a bias, where it is not a row of the weight gradient. */

/** sums [N] over the rows of the input */
export function columnSum({
  input,
  M,
  N,
}: {
  readonly input: Float64Array // [M, N]
  readonly M: number
  readonly N: number
}): Float64Array {
  const sums = new Float64Array(N)
  for (let m = 0; m < M; m++) {
    for (let n = 0; n < N; n++) sums[n]! += input[m * N + n]!
  }
  return sums
}
