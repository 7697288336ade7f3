import * as hooks from '../generated/hooks.ts'
import { elementwise, hookGradient } from './elementwise.ts'

/**
 * 1 / (1 + exp(−x)), element by element: x of any shape, f32.
 *
 * @example
 * const { ok } = await gradientCheck(gpu, { op: ops.sigmoid, shapes: [[5, 7]] })
 * ok // true
 */
export const sigmoid = elementwise({
  hook: hooks.sigmoid,
  flopsPerElement: 4,
  gradient: hookGradient(hooks.sigmoid, hooks.sigmoid_grad, 3),
})
