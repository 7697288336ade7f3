/** Twin of gather.wgsl: a batch out of the resident u8 dataset, brought from 0–255 to 0–1. */
import { gatherF32 } from './gather_f32.ts'

/** batch [M, FEATURES]: row m is row permutation[begin + m] of the dataset over 255; past its end the last entry repeats. */
export function gather(from: {
  readonly dataset: Uint8Array // [examples, FEATURES]
  readonly permutation: Uint32Array // [examples]
  readonly begin: number
  readonly M: number
  readonly FEATURES: number
}): Float64Array {
  return gatherF32(from).map((value) => value / 255)
}
