/** Twin of one_hot.wgsl: class numbers as dense targets. */

/** targets [M, N]: 1 in the column of the row's label, 0 elsewhere. */
export function oneHot({
  labels,
  M,
  N,
}: {
  readonly labels: Uint32Array // [M]
  readonly M: number
  readonly N: number
}): Float64Array {
  const targets = new Float64Array(M * N)
  for (let m = 0; m < M; m++) targets[m * N + labels[m]!] = 1
  return targets
}
