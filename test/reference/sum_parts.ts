/** Twin of sum_parts.wgsl: the sum of matrices that lie behind one another. */
export function sumParts({
  parts,
  M,
  N,
}: {
  readonly parts: Float64Array // [parts, M, N]
  readonly M: number
  readonly N: number
}): Float64Array {
  const sum = new Float64Array(M * N)
  parts.forEach((value, i) => {
    sum[i % (M * N)]! += value
  })
  return sum
}
