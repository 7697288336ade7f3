/** First values of parameters, drawn from a seeded stream. */
import type { Random } from '../random.ts'

/** Fills a parameter; `fanIn` and `fanOut` are the units before and behind it. */
export type Initializer = (random: Random, count: number, fans: Fans) => Float32Array<ArrayBuffer>

/** Units before and behind a parameter. */
export interface Fans {
  readonly fanIn: number
  readonly fanOut: number
}

/**
 * All 0, as biases begin.
 *
 * @example
 * const shift = layer({
 *   kind: 'shift',
 *   parameters: ([n]) => [{ name: 'bias', shape: [n], initializer: zeros, fans: { fanIn: n, fanOut: n } }],
 *   apply: (x, [b]) => ops.bias(x, b),
 * })
 * parameterCount(sequential([784], [shift])) // 784
 */
export const zeros: Initializer = (_, count) => new Float32Array(count)

/**
 * Uniform in ±√(6 / (fanIn + fanOut)): Glorot & Bengio 2010, equation 16.
 *
 * @example
 * const weight = { name: 'weight', shape: [784, 128], initializer: glorotUniform, fans: { fanIn: 784, fanOut: 128 } }
 * const project = layer({
 *   kind: 'project',
 *   outputShape: () => [128],
 *   parameters: () => [weight],
 *   apply: (x, [w]) => ops.matmul(x, w),
 * })
 * const run = await fit(gpu, sequential([784], [project, relu(), dense(10)]), mnist.train, options)
 */
export const glorotUniform: Initializer = (random, count, { fanIn, fanOut }) => {
  const bound = Math.sqrt(6 / (fanIn + fanOut))
  return Float32Array.from({ length: count }, () => (2 * random.uniform() - 1) * bound)
}

/**
 * Normal with variance 2 / fanIn, for layers before a relu: He et al. 2015, equation 10.
 *
 * @example
 * const weight = { name: 'weight', shape: [784, 128], initializer: heNormal, fans: { fanIn: 784, fanOut: 128 } }
 * const project = layer({
 *   kind: 'project',
 *   outputShape: () => [128],
 *   parameters: () => [weight],
 *   apply: (x, [w]) => ops.matmul(x, w),
 * })
 * const run = await fit(gpu, sequential([784], [project, relu(), dense(10)]), mnist.train, options)
 */
export const heNormal: Initializer = (random, count, { fanIn }) => {
  const deviation = Math.sqrt(2 / fanIn)
  return Float32Array.from({ length: count }, () => random.normal() * deviation)
}
