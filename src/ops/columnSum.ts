import { ShapeError } from '../errors.ts'
import * as kernels from '../generated/kernels.ts'
import { type KernelOp, type Value, apply, formatShape } from '../graph/value.ts'
import { flopsPerElement, matrixConstants } from './rows.ts'

/** The sum of the rows of x [M, N] → [N]. Throws ShapeError where x is not a matrix. */
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
