/**
 * Twin of adam.wgsl: Kingma & Ba 2015 (arXiv 1412.6980), Algorithm 1 as it stands: both moments are corrected for
 * their bias, and ε is added outside the root of the corrected second moment. The shader has the form at the end of the
 * paper's section 2: √(1 − β₂ᵗ) / (1 − β₁ᵗ) folded into the learning rate, and √(1 − β₂ᵗ) into ε, which is the same.
 */

/** Parameter and moments [n] after one step; the arrays handed in stay as they are. */
export function adam({
  parameter,
  gradient,
  firstMoment,
  secondMoment,
  step,
  learningRate,
  beta1,
  beta2,
  epsilon,
}: {
  readonly parameter: Float64Array // [n]
  readonly gradient: Float64Array // [n]
  readonly firstMoment: Float64Array // [n]
  readonly secondMoment: Float64Array // [n]
  readonly step: number // from 1
  readonly learningRate: number
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
}): { parameter: Float64Array; firstMoment: Float64Array; secondMoment: Float64Array } {
  const m = firstMoment.map((old, i) => beta1 * old + (1 - beta1) * gradient[i]!)
  const v = secondMoment.map((old, i) => beta2 * old + (1 - beta2) * gradient[i]! ** 2)
  const next = parameter.map((old, i) => {
    const first = m[i]! / (1 - beta1 ** step)
    const second = v[i]! / (1 - beta2 ** step)
    return old - (learningRate * first) / (Math.sqrt(second) + epsilon)
  })
  return { parameter: next, firstMoment: m, secondMoment: v }
}
