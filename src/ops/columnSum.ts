import { ShapeError } from '../errors.ts'
import * as kernels from '../generated/kernels.ts'
import { type KernelOp, type Value, apply, formatShape } from '../graph/value.ts'
import { flopsPerElement, matrixConstants } from './rows.ts'

/**
 * The sum of the rows of x [M, N] → [N], f32. It is the gradient of what is added to every row, and has none itself.
 *
 * @throws ShapeError where x is not a matrix
 * @example
 * const shift = defineOp({
 *   wgsl: `@group(0) @binding(0) var<storage, read> distance: array<f32>; // [N] f32
 *     fn store_shift(value: f32, row: u32, column: u32, index: u32) -> f32 { return value + distance[column]; }`,
 *   gradient: (gradient) => [gradient, ops.columnSum(gradient)],
 * })
 * const { ok } = await gradientCheck(gpu, { op: shift, shapes: [[5, 7], [7]] })
 * ok // true
 */
export function columnSum(x: Value): Value {
  if (x.shape.length !== 2)
    throw new ShapeError(`column_sum: x is ${formatShape(x.shape)}; it must be a matrix`)
  return apply(columnSumOp, [x], [{ shape: x.shape.slice(1), dtype: 'f32' }])
}

const columnSumOp: KernelOp = {
  kind: 'kernel',
  name: 'column_sum',
  isColumnSum: true,
  kernel: kernels.column_sum,
  loads: { a: 0 },
  reads: {},
  writes: ['out'],
  constants: matrixConstants,
  workgroups: (node) => [Math.ceil(matrixConstants(node).N / kernels.column_sum.workgroup[0]), 1, 1],
  flops: flopsPerElement(1),
}
