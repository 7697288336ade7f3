/** Twin of gather_f32.wgsl: a batch out of a resident dataset. */

/** batch [M, FEATURES]: row m is row permutation[begin + m] of the dataset; past its end the last entry repeats. */
export function gatherF32({
  dataset,
  permutation,
  begin,
  M,
  FEATURES,
}: {
  readonly dataset: ArrayLike<number> // [examples, FEATURES]
  readonly permutation: Uint32Array // [examples]
  readonly begin: number
  readonly M: number
  readonly FEATURES: number
}): Float64Array {
  const batch = new Float64Array(M * FEATURES)
  for (let m = 0; m < M; m++) {
    const row = permutation[Math.min(begin + m, permutation.length - 1)]!
    for (let i = 0; i < FEATURES; i++) batch[m * FEATURES + i] = dataset[row * FEATURES + i]!
  }
  return batch
}
