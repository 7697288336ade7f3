/** Twin of gelu_grad.wgsl: reads the forward input, because gelu is not monotonic and its output tells too little. */

/** [n] = gradient [n] · gelu′(x), gelu′ = (1 + tanh u)/2 + x/2 · (1 − tanh² u) · u′, x = input [n] */
export function geluGrad(gradient: Float64Array, input: Float64Array): Float64Array {
  return gradient.map((g, i) => {
    const x = input[i]!
    const t = Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))
    const slope = Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x ** 2)
    return g * (0.5 * (1 + t) + 0.5 * x * (1 - t ** 2) * slope)
  })
}
