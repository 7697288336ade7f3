/** What the lists of cases are made of. */
import { type Shape, type Value, external } from '../graph/value.ts'
import { createRandom } from '../random.ts'
import type { GraphOptions } from '../train/graphs.ts'
import type { Work } from './work.ts'

export interface Case {
  /** Its place and its shape: `kernels/matmul/512x512x512`. */
  readonly name: string
  readonly make: (options: GraphOptions) => Work
}

/** A value of the caller's memory. */
export function f32(buffer: string, shape: Shape): Value {
  return external({ buffer, shape, dtype: 'f32' })
}

/** Uniform in [−0.5, 0.5), the same for the same purpose. */
export function numbers(purpose: string, length: number): Float32Array<ArrayBuffer> {
  const random = createRandom(1, purpose)
  return Float32Array.from({ length }, () => random.uniform() - 0.5)
}
