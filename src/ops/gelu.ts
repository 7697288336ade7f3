import * as hooks from '../generated/hooks.ts'
import { elementwise } from './elementwise.ts'

/** x · Φ(x) in the tanh approximation (Hendrycks & Gimpel 2016, section 2), element by element. */
export const gelu = elementwise({
  name: 'gelu',
  hook: hooks.gelu,
  flopsPerElement: 9,
  gradientHook: hooks.gelu_grad,
  gradientFlopsPerElement: 18,
  gradientFrom: 'input',
})
