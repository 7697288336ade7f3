/**
 * Twin of gelu.wgsl: the tanh approximation of Hendrycks & Gimpel 2016 (arXiv 1606.08415, section 2), because WGSL
 * has no erf. It is the definition here, shader and twin alike; it differs from the erf form by up to 5e-4.
 */

/** output [n] = x/2 · (1 + tanh u), u = √(2/π) · (x + 0.044715 x³), x = input [n] */
export function gelu(input: Float64Array): Float64Array {
  return input.map((x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))))
}
