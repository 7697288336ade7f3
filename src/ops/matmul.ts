import { ShapeError } from '../errors.ts'
import * as hooks from '../generated/hooks.ts'
import { type KernelOp, type Value, apply, formatShape, inputOf } from '../graph/value.ts'
import { productSlots, sizesOf } from './product.ts'
import { registers } from './variants/portable.ts'

/** How the operands of `matmul` are stored. */
export interface MatmulOptions {
  /** a is stored [K, M]. Default false. */
  readonly transposeA?: boolean
  /** b is stored [N, K]. Default false. */
  readonly transposeB?: boolean
}

/**
 * op(a) · op(b): [M, K] by [K, N] → [M, N], f32, op being the transpose where the options say so.
 *
 * @throws ShapeError where a or b is not a matrix or the inner dimensions differ
 * @example
 * const { ok } = await gradientCheck(gpu, { op: ops.matmul, shapes: [[3, 5], [5, 2]] })
 * ok // true
 */
export function matmul(
  a: Value,
  b: Value,
  { transposeA = false, transposeB = false }: MatmulOptions = {},
): Value {
  if (a.shape.length !== 2 || b.shape.length !== 2) {
    throw new ShapeError(
      `matmul: a is ${formatShape(a.shape)} and b is ${formatShape(b.shape)}; both must be matrices`,
    )
  }
  const [m = 0, aInner] = transposeA ? a.shape.toReversed() : a.shape
  const [bInner, n = 0] = transposeB ? b.shape.toReversed() : b.shape
  if (aInner !== bInner) {
    const transposed = [transposeA ? ' (transposed)' : '', transposeB ? ' (transposed)' : ''] as const
    throw new ShapeError(
      `matmul: a is ${formatShape(a.shape)}${transposed[0]} but b is ${formatShape(b.shape)}${transposed[1]}; ` +
        'the inner dimensions must match',
    )
  }
  const attributes = { transposeA: Number(transposeA), transposeB: Number(transposeB) }
  return apply(matmulOp, [a, b], [{ shape: [m, n], dtype: 'f32' }], { attributes })
}

const matmulOp: KernelOp = {
  ...productSlots,
  ...registers,
  sizes: (node) => {
    const { M, N, K } = sizesOf(node)
    const { transposeA, transposeB } = node.attributes
    return `${M}×${N}×${K}${transposeA === 1 ? ' aᵀ' : ''}${transposeB === 1 ? ' bᵀ' : ''}`
  },
  adjusts: ({ attributes }): ReturnType<NonNullable<KernelOp['adjusts']>> =>
    attributes.lastRowAt === undefined ? {} : { a: [hooks.ones_column] },
  productOf: (node) => ({
    a: inputOf(node, 0),
    b: inputOf(node, 1),
    transposeA: node.attributes.transposeA === 1,
    transposeB: node.attributes.transposeB === 1,
  }),
  // [x, 1]ᵀ · gradient: the weight gradient of a dense layer, and its bias gradient as one row more.
  withColumnSum: (node, lastRowAt) => {
    if (node.attributes.transposeA !== 1 || node.attributes.transposeB !== 0) return undefined
    const { M, N } = sizesOf(node)
    const attributes = { ...node.attributes, lastRowAt }
    return apply(matmulOp, node.inputs, [{ shape: [M + 1, N], dtype: 'f32' }], {
      attributes,
      label: node.label,
    })
  },
  gradient: (node, gradient) => {
    const a = inputOf(node, 0)
    const b = inputOf(node, 1)
    const transposeA = node.attributes.transposeA === 1
    const transposeB = node.attributes.transposeB === 1
    return [
      transposeA
        ? matmul(b, gradient, { transposeA: transposeB, transposeB: true })
        : matmul(gradient, b, { transposeB: !transposeB }),
      transposeB
        ? matmul(gradient, a, { transposeA: true, transposeB: transposeA })
        : matmul(a, gradient, { transposeA: !transposeA }),
    ]
  },
}
