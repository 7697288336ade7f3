/** Twin of tanh.wgsl. */

/** output [n] = tanh(input [n]) */
export function tanh(input: Float64Array): Float64Array {
  return input.map((x) => Math.tanh(x))
}
