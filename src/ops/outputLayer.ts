/** The dense layer that ends a classifier, joined with its loss, there and back. Nobody writes it: fusion finds it. */
import * as kernels from '../generated/kernels.ts'
import { MOST_CLASSES } from '../generated/parts/dense_weights.ts'
import type { KernelShader } from '../gpu/link.ts'
import {
  type DenseLayer,
  type KernelOp,
  type Node,
  type Variant,
  apply,
  inputOf,
  matrixOf,
} from '../graph/value.ts'
import { lossParts } from './lossParts.ts'

/** Multiplications and additions of softmax_cross_entropy for each logit. */
export const flopsPerLogit = 12

/**
 * A node that makes what the layer and its softmax_cross_entropy make, and the gradient of the layer's input; undefined
 * where the classes are more than a workgroup holds.
 */
export function denseSoftmaxCrossEntropy(
  { inputs: [logits, targets], into: { 0: metrics }, label }: Node,
  { input, weights, biasAt }: DenseLayer,
): Node | undefined {
  if (logits === undefined || targets === undefined || metrics === undefined) return undefined
  if (matrixOf(logits).columns > MOST_CLASSES) return undefined
  return apply(denseOp, [input, weights, targets], [metrics, logits, input], {
    attributes: { biasAt },
    into: { 0: metrics },
    label,
  }).node
}

/** What each kernel is told that makes it. */
export function outputLayerVariant(kernel: KernelShader): Variant {
  return {
    name: kernel.name,
    kernel,
    constants: (node) => {
      const { M, N, K } = layerSizes(node)
      return { M, N, K, BIAS_AT: node.attributes.biasAt ?? 0 }
    },
    workgroups: (node) => [lossParts(layerSizes(node).M), 1, 1],
  }
}

const denseOp: KernelOp = {
  kind: 'kernel',
  ...outputLayerVariant(kernels.dense_softmax_cross_entropy),
  sizes: (node) => {
    const { M, N, K } = layerSizes(node)
    return `${M}×${N}×${K}`
  },
  loads: { a: 0, targets: 2 },
  reads: { weights: 1 },
  writes: ['metrics', 'gradient', 'out'],
  flops: (node) => {
    const { M, N, K } = layerSizes(node)
    return (4 * K + flopsPerLogit) * M * N
  },
}

function layerSizes(node: Node): { M: number; N: number; K: number } {
  const { rows: M, columns: K } = matrixOf(inputOf(node, 0))
  return { M, N: matrixOf(inputOf(node, 2)).columns, K }
}
