/** Twin of tanh_grad.wgsl: reads the forward output y, tanh′ = 1 − y². */

/** [n] = gradient [n] · (1 − output² [n]) */
export function tanhGrad(gradient: Float64Array, output: Float64Array): Float64Array {
  return gradient.map((g, i) => g * (1 - output[i]! ** 2))
}
