/** Twin of sigmoid_grad.wgsl: reads the forward output y, σ′ = y · (1 − y). */

/** [n] = gradient [n] · output [n] · (1 − output [n]) */
export function sigmoidGrad(gradient: Float64Array, output: Float64Array): Float64Array {
  return gradient.map((g, i) => g * output[i]! * (1 - output[i]!))
}
