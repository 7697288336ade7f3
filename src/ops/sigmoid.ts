import * as hooks from '../generated/hooks.ts'
import { elementwise, hookGradient } from './elementwise.ts'

/** 1 / (1 + exp(−x)), element by element. */
export const sigmoid = elementwise({
  hook: hooks.sigmoid,
  flopsPerElement: 4,
  gradient: hookGradient(hooks.sigmoid, hooks.sigmoid_grad, 3),
})
