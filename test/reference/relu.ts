/** Twin of relu.wgsl. */

/** output [n] = max(input [n], 0) */
export function relu(input: Float64Array): Float64Array {
  return input.map((x) => Math.max(x, 0))
}
