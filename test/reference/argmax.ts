/** Twin of argmax.wgsl, and the count of right answers that the losses make of it. */

/** [M]: the column of each row's largest element; of equal ones the first. */
export function argmax({
  input,
  M,
  N,
}: {
  readonly input: Float64Array // [M, N]
  readonly M: number
  readonly N: number
}): Uint32Array {
  return Uint32Array.from({ length: M }, (_, m) => {
    const row = input.subarray(m * N, (m + 1) * N)
    return row.reduce((at, value, c) => (value > row[at]! ? c : at), 0)
  })
}

/** The number of rows among the first `count` where argmax(outputs) equals argmax(targets). */
export function countCorrect({
  outputs,
  targets,
  M,
  N,
  count,
}: {
  readonly outputs: Float64Array // [M, N]
  readonly targets: Float64Array // [M, N]
  readonly M: number
  readonly N: number
  readonly count: number
}): number {
  const truth = argmax({ input: targets, M, N })
  return argmax({ input: outputs, M, N }).filter((predicted, m) => m < count && predicted === truth[m]).length
}
