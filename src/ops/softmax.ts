import * as kernels from '../generated/kernels.ts'
import { type KernelOp, type Value, apply, outputOf } from '../graph/value.ts'
import { flopsPerElement, matrixConstants, oneInvocationPerRow } from './rows.ts'

/**
 * Softmax of each row of x [M, N] f32, stable for logits of any size.
 *
 * @example
 * const { ok } = await gradientCheck(gpu, { op: ops.softmax, shapes: [[5, 7]] })
 * ok // true
 */
export function softmax(x: Value): Value {
  return apply(softmaxOp, [x], [{ shape: x.shape, dtype: 'f32' }])
}

const softmaxGradOp: KernelOp = {
  kind: 'kernel',
  name: 'softmax_grad',
  kernel: kernels.softmax_grad,
  loads: { a: 0 },
  reads: { probabilities: 1 },
  writes: ['out'],
  constants: matrixConstants,
  workgroups: oneInvocationPerRow(kernels.softmax_grad),
  flops: flopsPerElement(4),
}

const softmaxOp: KernelOp = {
  kind: 'kernel',
  name: 'softmax',
  kernel: kernels.softmax,
  loads: { a: 0 },
  reads: {},
  writes: ['out'],
  constants: matrixConstants,
  workgroups: oneInvocationPerRow(kernels.softmax),
  flops: flopsPerElement(6),
  gradient: (node, gradient) => [
    apply(softmaxGradOp, [gradient, outputOf(node, 0)], [gradient], { label: node.label }),
  ],
}
