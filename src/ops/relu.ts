import * as hooks from '../generated/hooks.ts'
import { elementwise } from './elementwise.ts'

/** max(x, 0), element by element. Its gradient at 0 is 0. */
export const relu = elementwise({
  name: 'relu',
  hook: hooks.relu,
  flopsPerElement: 1,
  gradientHook: hooks.relu_grad,
  gradientFlopsPerElement: 1,
  gradientFrom: 'output',
})
