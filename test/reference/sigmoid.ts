/** Twin of sigmoid.wgsl. */

/** output [n] = 1 / (1 + e^−input [n]) */
export function sigmoid(input: Float64Array): Float64Array {
  return input.map((x) => 1 / (1 + Math.exp(-x)))
}
