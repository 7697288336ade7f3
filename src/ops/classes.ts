/** Ops that count answers: the class of each row, and the confusion matrix. */
import { ShapeError } from '../errors.ts'
import * as kernels from '../generated/kernels.ts'
import { type KernelOp, type Value, apply, formatShape, matrixOf, sameShape } from '../graph/value.ts'
import { flopsPerElement, matrixConstants, oneInvocationPerRow } from './rows.ts'

/** The column of the largest value of each row of x [M, N] → [M] u32; the first of equals. */
export function argmax(x: Value): Value {
  return apply(argmaxOp, [x], [{ shape: [matrixOf(x).rows], dtype: 'u32' }])
}

/**
 * Adds to counts [classes, classes] u32, an external value, at (true class, predicted class) for each row that counts;
 * the classes are the largest columns of targets and output, both [batch, classes].
 */
export function confusion({
  output,
  targets,
  counts,
}: {
  output: Value
  targets: Value
  counts: Value
}): Value {
  const classes = matrixOf(output).columns
  if (!sameShape(output.shape, targets.shape) || !sameShape(counts.shape, [classes, classes])) {
    throw new ShapeError(
      `confusion: output is ${formatShape(output.shape)}, targets ${formatShape(targets.shape)}, ` +
        `counts ${formatShape(counts.shape)}; expected [batch, n], [batch, n] and [n, n]`,
    )
  }
  return apply(confusionOp, [output, targets], [counts], { into: { 0: counts }, label: 'metrics' })
}

const argmaxOp: KernelOp = {
  kind: 'kernel',
  name: 'argmax',
  kernel: kernels.argmax,
  loads: { a: 0 },
  reads: {},
  writes: ['out'],
  constants: matrixConstants,
  workgroups: oneInvocationPerRow(kernels.argmax),
  flops: flopsPerElement(1),
}

const confusionOp: KernelOp = {
  kind: 'kernel',
  name: 'confusion',
  kernel: kernels.confusion,
  loads: { a: 0, targets: 1 },
  reads: {},
  writes: ['counts'],
  constants: matrixConstants,
  workgroups: oneInvocationPerRow(kernels.confusion),
  flops: flopsPerElement(1),
}
