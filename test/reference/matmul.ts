/** Twin of matmul.wgsl: the contraction under the dense layer, its gradients and the convolutions. */

/** C [M, N] = op(A) · op(B), summed over K. */
export function matmul({
  a,
  b,
  M,
  N,
  K,
  transposeA = false,
  transposeB = false,
  onesColumn = false,
}: {
  readonly a: Float64Array // [M, K]; [K, M] with transposeA; [K, M − 1] with onesColumn
  readonly b: Float64Array // [K, N]; [N, K] with transposeB
  readonly M: number
  readonly N: number
  readonly K: number
  readonly transposeA?: boolean
  readonly transposeB?: boolean
  /** op(A) = [a, 1]ᵀ: the last row of C is the column sum of op(B), the bias gradient below the weight gradient. */
  readonly onesColumn?: boolean
}): Float64Array {
  const left = (m: number, k: number): number => {
    if (onesColumn) return m < M - 1 ? a[k * (M - 1) + m]! : 1
    return transposeA ? a[k * M + m]! : a[m * K + k]!
  }
  const right = (k: number, n: number): number => (transposeB ? b[n * K + k]! : b[k * N + n]!)

  const c = new Float64Array(M * N)
  for (let m = 0; m < M; m++) {
    for (let n = 0; n < N; n++) {
      for (let k = 0; k < K; k++) c[m * N + n]! += left(m, k) * right(k, n)
    }
  }
  return c
}
