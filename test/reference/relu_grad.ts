/** Twin of relu_grad.wgsl: reads the forward output, so that no pre-activation is kept. */

/** [n]: gradient [n] where output [n] > 0, else 0; the kink at 0 counts as flat. */
export function reluGrad(gradient: Float64Array, output: Float64Array): Float64Array {
  return gradient.map((g, i) => (output[i]! > 0 ? g : 0))
}
