import * as hooks from '../generated/hooks.ts'
import { elementwise, hookGradient } from './elementwise.ts'

/**
 * The hyperbolic tangent, element by element: x of any shape, f32.
 *
 * @example
 * const { ok } = await gradientCheck(gpu, { op: ops.tanh, shapes: [[5, 7]] })
 * ok // true
 */
export const tanh = elementwise({
  hook: hooks.tanh,
  flopsPerElement: 1,
  gradient: hookGradient(hooks.tanh, hooks.tanh_grad, 3),
})
