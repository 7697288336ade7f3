/** What the elementwise ops share: a store hook, and a gradient rule that is mostly a store hook too. */
import { ShapeError } from '../errors.ts'
import type { Constants, ShaderBinding, StoreHook } from '../gpu/link.ts'
import {
  type Shape,
  type StoreOp,
  type Value,
  apply,
  formatShape,
  matrixOf,
  sameShape,
} from '../graph/value.ts'

/** An elementwise op: of x, of any shape, and of what the hook's bindings hold, in their order. */
export interface ElementwiseOp {
  (x: Value, ...operands: readonly Value[]): Value
  /** For a kernel alone: `matmul(device, { …, store: [op.hook] })`. */
  readonly hook: StoreHook
}

/** An op as it was applied. */
export interface Applied {
  readonly x: Value
  readonly operands: readonly Value[]
  readonly output: Value
}

/** Gradients by x and by each operand, given that by the output; undefined where there is none. */
export type GradientRule = (gradient: Value, applied: Applied) => readonly (Value | undefined)[]

export interface Elementwise {
  readonly hook: StoreHook
  /** Of the hook's overrides. Default none. */
  readonly constants?: Constants
  /** An estimate, for the plan. */
  readonly flopsPerElement: number
  readonly gradient?: GradientRule
}

/** Makes the function that applies an elementwise op; it throws ShapeError where an operand does not fit. */
export function elementwise({ hook, constants, flopsPerElement, gradient }: Elementwise): ElementwiseOp {
  const op: StoreOp = {
    kind: 'store',
    name: hook.name,
    hook,
    flopsPerElement,
    ...(constants && { constants: () => constants }),
    ...(gradient && {
      gradient: (node, ofOutput) => {
        const [x, ...operands] = node.inputs
        const [type] = node.outputs
        if (x === undefined || type === undefined) throw new RangeError('an elementwise op has an input')
        return gradient(ofOutput, { x, operands, output: { ...type, node, output: 0 } })
      },
    }),
  }
  const of = (x: Value, ...operands: readonly Value[]): Value => {
    checkOperands(hook, x, operands)
    return apply(op, [x, ...operands], [{ shape: x.shape, dtype: 'f32' }])
  }
  return Object.assign(of, { hook })
}

/**
 * The gradient by x as a store hook on that by the output. Its bindings are named after what they hold: `…_input` what
 * the op was given, `…_output` what it returned, any other the operand of that name.
 */
export function hookGradient(
  op: StoreHook,
  hook: StoreHook,
  flopsPerElement: number,
  constants?: Constants,
): GradientRule {
  const of = elementwise({ hook, flopsPerElement, ...(constants && { constants }) })
  return (gradient, { x, operands, output }) => {
    const held = hook.bindings.map(({ name }) => {
      if (name.endsWith('_input')) return x
      if (name.endsWith('_output')) return output
      const operand = operands[op.bindings.findIndex((binding) => binding.name === name)]
      if (operand !== undefined) return operand
      throw new ShapeError(
        `${hook.name}: the binding "${name}" is no operand of ${op.name}; name it ${op.name}_input for what ${op.name} is given, ${op.name}_output for what it returns`,
      )
    })
    return [of(gradient, ...held)]
  }
}

/** The shape that a hook's binding has, as the comment behind it says: `[M, N] f32`. */
export function operandShape({ name, shape }: ShaderBinding, sizes: { M: number; N: number }): Shape {
  const known = new Map(Object.entries(sizes))
  const named = /^\[(.*)\]/
    .exec(shape)?.[1]
    ?.split(', ')
    .map((size) => known.get(size))
  const whole = named?.filter((size) => size !== undefined) ?? []
  if (named?.length !== whole.length) {
    throw new ShapeError(
      `the hook's binding "${name}" is declared ${shape || 'without a shape'}; expected // [M, N] f32 or // [N] f32 behind it`,
    )
  }
  return whole
}

function checkOperands({ name, bindings }: StoreHook, x: Value, operands: readonly Value[]): void {
  if (operands.length !== bindings.length) {
    const names = ['x', ...bindings.map((binding) => binding.name)].join(', ')
    throw new ShapeError(`${name}: ${operands.length + 1} operands are given; it takes ${names}`)
  }
  const { rows: M, columns: N } = matrixOf(x)
  operands.forEach((operand, i) => {
    const binding = bindings[i]
    if (binding === undefined) return
    const wanted = operandShape(binding, { M, N })
    if (sameShape(wanted.length === 2 ? flat(operand) : operand.shape, wanted)) return
    throw new ShapeError(
      `${name}: x is ${formatShape(x.shape)} but ${binding.name} is ${formatShape(operand.shape)}; it must be ${binding.shape}`,
    )
  })
}

function flat(value: Value): Shape {
  const { rows, columns } = matrixOf(value)
  return [rows, columns]
}
