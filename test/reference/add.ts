/** Twin of add.wgsl. Its gradient is the gradient itself, for both operands. */

/** output [n] = a [n] + b [n] */
export function add(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((x, i) => x + b[i]!)
}
