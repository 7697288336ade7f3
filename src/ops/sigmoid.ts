import * as hooks from '../generated/hooks.ts'
import { elementwise } from './elementwise.ts'

/** 1 / (1 + exp(−x)), element by element. */
export const sigmoid = elementwise({
  name: 'sigmoid',
  hook: hooks.sigmoid,
  flopsPerElement: 4,
  gradientHook: hooks.sigmoid_grad,
  gradientFlopsPerElement: 3,
  gradientFrom: 'output',
})
