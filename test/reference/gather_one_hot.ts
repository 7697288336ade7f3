/** Twin of gather_one_hot.wgsl: the dense targets of a batch of resident class numbers. */
import { gatherF32 } from './gather_f32.ts'
import { oneHot } from './one_hot.ts'

/** targets [M, N]: row m is one-hot in label permutation[begin + m]; past the permutation's end its last entry repeats. */
export function gatherOneHot({
  labels,
  permutation,
  begin,
  M,
  N,
}: {
  readonly labels: Uint32Array // [examples]
  readonly permutation: Uint32Array // [examples]
  readonly begin: number
  readonly M: number
  readonly N: number
}): Float64Array {
  const batch = gatherF32({ dataset: labels, permutation, begin, M, FEATURES: 1 })
  return oneHot({ labels: Uint32Array.from(batch), M, N })
}
