import * as hooks from '../generated/hooks.ts'
import { elementwise, hookGradient } from './elementwise.ts'

/**
 * max(x, 0), element by element: x of any shape, f32. Its gradient at 0 is 0.
 *
 * @example
 * const { ok } = await gradientCheck(gpu, { op: ops.relu, shapes: [[5, 7]] })
 * ok // true
 */
export const relu = elementwise({
  hook: hooks.relu,
  flopsPerElement: 1,
  gradient: hookGradient(hooks.relu, hooks.relu_grad, 1),
})
