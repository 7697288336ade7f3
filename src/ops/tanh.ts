import * as hooks from '../generated/hooks.ts'
import { elementwise, hookGradient } from './elementwise.ts'

/** The hyperbolic tangent, element by element. */
export const tanh = elementwise({
  hook: hooks.tanh,
  flopsPerElement: 1,
  gradient: hookGradient(hooks.tanh, hooks.tanh_grad, 3),
})
