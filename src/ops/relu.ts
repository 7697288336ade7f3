import * as hooks from '../generated/hooks.ts'
import { elementwise, hookGradient } from './elementwise.ts'

/** max(x, 0), element by element. Its gradient at 0 is 0. */
export const relu = elementwise({
  hook: hooks.relu,
  flopsPerElement: 1,
  gradient: hookGradient(hooks.relu, hooks.relu_grad, 1),
})
