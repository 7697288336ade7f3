import { kernels } from '../generated/shaders.ts'
import { type KernelOp, type Node, type Value, apply, inputOf, matrixOf, outputOf } from '../graph/value.ts'

/** Softmax of each row of x, stable for logits of any size. */
export function softmax(x: Value): Value {
  return apply(softmaxOp, [x], [{ shape: x.shape, dtype: 'f32' }])
}

const constants = (node: Node): { M: number; N: number } => {
  const { rows, columns } = matrixOf(inputOf(node, 0))
  return { M: rows, N: columns }
}

const softmaxGradOp: KernelOp = {
  kind: 'kernel',
  name: 'softmax_grad',
  kernel: kernels.softmax_grad,
  loads: { a: 0 },
  reads: { probabilities: 1 },
  writes: ['out'],
  constants,
  workgroups: (node) => [Math.ceil(constants(node).M / kernels.softmax_grad.workgroup[0]), 1, 1],
  flops: (node) => 4 * constants(node).M * constants(node).N,
}

const softmaxOp: KernelOp = {
  kind: 'kernel',
  name: 'softmax',
  kernel: kernels.softmax,
  loads: { a: 0 },
  reads: {},
  writes: ['out'],
  constants,
  workgroups: (node) => [Math.ceil(constants(node).M / kernels.softmax.workgroup[0]), 1, 1],
  flops: (node) => 6 * constants(node).M * constants(node).N,
  gradient: (node, gradient) => [
    apply(softmaxGradOp, [gradient, outputOf(node, 0)], [gradient], { label: node.label }),
  ],
}
