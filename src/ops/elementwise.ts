/** What the elementwise ops share: a store hook, and a gradient that is a store hook on the op's output or input. */
import type { StoreHook } from '../gpu/link.ts'
import { type StoreOp, type Value, apply, inputOf, outputOf } from '../graph/value.ts'

export interface Elementwise {
  readonly name: string
  readonly hook: StoreHook
  readonly flopsPerElement: number
  readonly gradientHook: StoreHook
  readonly gradientFlopsPerElement: number
  /** Whether the gradient is computed from what the op returned or from what it was given. */
  readonly gradientFrom: 'input' | 'output'
}

/** Makes the function that applies an elementwise op to a value of any shape. */
export function elementwise(spec: Elementwise): (x: Value) => Value {
  const gradientOp: StoreOp = {
    kind: 'store',
    name: `${spec.name}_grad`,
    hook: spec.gradientHook,
    flopsPerElement: spec.gradientFlopsPerElement,
  }
  const op: StoreOp = {
    kind: 'store',
    name: spec.name,
    hook: spec.hook,
    flopsPerElement: spec.flopsPerElement,
    gradient: (node, gradient) => {
      const saved = spec.gradientFrom === 'input' ? inputOf(node, 0) : outputOf(node, 0)
      return [apply(gradientOp, [gradient, saved], [gradient], { label: node.label })]
    },
  }
  return (x) => apply(op, [x], [{ shape: x.shape, dtype: 'f32' }])
}
