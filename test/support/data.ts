/**
 * Seeded inputs of the oracle tests. Everything here is exact in f32: `Float64Array.from(normals(n, 1))` hands a
 * float64 twin the very numbers that the kernel gets, so that only the arithmetic is compared.
 */
import { createRandom } from '../../src/random.ts'

/** [count] standard normals, rounded to f32. */
export function normals(count: number, seed: number): Float32Array<ArrayBuffer> {
  const random = createRandom(seed, 'test/normals')
  return Float32Array.from({ length: count }, () => random.normal())
}

/** [count] uniform in [low, high), rounded to f32. */
export function uniforms(count: number, seed: number, low = 0, high = 1): Float32Array<ArrayBuffer> {
  const random = createRandom(seed, 'test/uniforms')
  return Float32Array.from({ length: count }, () => low + (high - low) * random.uniform())
}

/** [count] integers 0 … below − 1: labels, or bytes of an image with `below` 256. */
export function integers(count: number, seed: number, below: number): Uint32Array<ArrayBuffer> {
  const random = createRandom(seed, 'test/integers')
  return Uint32Array.from({ length: count }, () => Math.floor(random.uniform() * below))
}
