import * as hooks from '../generated/hooks.ts'
import { elementwise } from './elementwise.ts'

/** The hyperbolic tangent, element by element. */
export const tanh = elementwise({
  name: 'tanh',
  hook: hooks.tanh,
  flopsPerElement: 1,
  gradientHook: hooks.tanh_grad,
  gradientFlopsPerElement: 3,
  gradientFrom: 'output',
})
