/** Twin of sgd.wgsl: classical momentum (Sutskever et al. 2013), the learning rate outside the velocity. */

/** velocity ← momentum · velocity + gradient, parameter ← parameter − learningRate · velocity, all [n]. */
export function sgd({
  parameter,
  gradient,
  velocity,
  learningRate,
  momentum,
}: {
  readonly parameter: Float64Array // [n]
  readonly gradient: Float64Array // [n]
  readonly velocity: Float64Array // [n]
  readonly learningRate: number
  readonly momentum: number
}): { parameter: Float64Array; velocity: Float64Array } {
  const next = velocity.map((old, i) => momentum * old + gradient[i]!)
  return { parameter: parameter.map((old, i) => old - learningRate * next[i]!), velocity: next }
}
