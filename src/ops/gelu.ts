import * as hooks from '../generated/hooks.ts'
import { elementwise, hookGradient } from './elementwise.ts'

/**
 * x · Φ(x) in the tanh approximation (Hendrycks & Gimpel 2016, section 2), element by element: x of any shape, f32.
 *
 * @example
 * const { ok } = await gradientCheck(gpu, { op: ops.gelu, shapes: [[5, 7]] })
 * ok // true
 */
export const gelu = elementwise({
  hook: hooks.gelu,
  flopsPerElement: 9,
  gradient: hookGradient(hooks.gelu, hooks.gelu_grad, 18),
})
