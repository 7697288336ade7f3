/**
 * The losses: each takes the model's output and dense targets, writes (sum of losses, right answers) of the batch to a
 * row of the metrics, and knows the gradient of the mean loss in the same pass.
 */
import { ShapeError } from '../errors.ts'
import { kernels } from '../generated/shaders.ts'
import { isProcessor } from '../gpu/adapterClass.ts'
import type { KernelShader } from '../gpu/link.ts'
import {
  type KernelOp,
  type Node,
  type Value,
  type Variant,
  apply,
  formatShape,
  inputOf,
  matrixOf,
  outputOf,
  sameShape,
} from '../graph/value.ts'
import { flopsPerElement, matrixConstants } from './rows.ts'

/** What a loss is given; all f32. */
export interface LossOperands {
  /** [batch, outputs]: logits for softmaxCrossEntropy, predictions for meanSquaredError. */
  readonly output: Value
  /** [batch, outputs]: one-hot or soft targets. */
  readonly targets: Value
  /** [rows, lossParts(batch), 2]: the external value whose row step.metricsRow receives (losses, right answers) in parts. */
  readonly metrics: Value
}

export type Loss = (operands: LossOperands) => Value

/** Rows over which a loss sums by itself, as a workgroup takes them: a part of the metrics of a step. */
export const rowsOfLossPart = kernels.softmax_cross_entropy.constants.ROWS

/** In how many parts the metrics of a batch come. */
export function lossParts(batchSize: number): number {
  return Math.ceil(batchSize / rowsOfLossPart)
}

const denseVariant = (kernel: KernelShader): Variant => ({
  name: kernel.name,
  kernel,
  constants: (node) => {
    const { M, N, K } = layerSizes(node)
    return { M, N, K, BIAS_AT: node.attributes.biasAt ?? 0 }
  },
  workgroups: (node) => [lossParts(layerSizes(node).M), 1, 1],
})

const denseAlone = denseVariant(kernels.dense_softmax_cross_entropy)
/** For devices with subgroups: quads swap what they load. */
const denseQuads = denseVariant(kernels.dense_softmax_cross_entropy_quad)

const denseSoftmaxCrossEntropy: KernelOp = {
  kind: 'kernel',
  ...denseAlone,
  variants: [denseQuads],
  choose: (_, { adapter, features }) =>
    isProcessor(adapter) && features.has('subgroups') ? denseQuads.name : denseAlone.name,
  sizes: (node) => {
    const { M, N, K } = layerSizes(node)
    return `${M}×${N}×${K}`
  },
  loads: { a: 0, targets: 2 },
  reads: { weights: 1 },
  writes: ['metrics', 'gradient', 'out'],
  flops: (node) => {
    const { M, N, K } = layerSizes(node)
    return (4 * K + lossFlops) * M * N
  },
}

function layerSizes(node: Node): { M: number; N: number; K: number } {
  const { rows: M, columns: K } = matrixOf(inputOf(node, 0))
  return { M, N: matrixOf(inputOf(node, 2)).columns, K }
}

/** For each logit. */
const lossFlops = 12

/** Σ −t · log softmax(z), averaged over the rows that count; stable for logits of any size. */
export const softmaxCrossEntropy = defineLoss({
  name: 'softmax_cross_entropy',
  kernel: kernels.softmax_cross_entropy,
  outputBinding: 'logits',
  flops: lossFlops,
  withOutputLayer: (
    { inputs: [logits, targets], into: { 0: metrics }, label },
    { input, weights, biasAt },
  ) => {
    if (logits === undefined || targets === undefined || metrics === undefined) return undefined
    if (matrixOf(logits).columns > kernels.dense_softmax_cross_entropy.constants.MOST_CLASSES)
      return undefined
    return apply(denseSoftmaxCrossEntropy, [input, weights, targets], [metrics, logits, input], {
      attributes: { biasAt },
      into: { 0: metrics },
      label,
    }).node
  },
})

/** (p − t)² averaged over the columns and the rows that count. */
export const meanSquaredError = defineLoss({
  name: 'mean_squared_error',
  kernel: kernels.mean_squared_error,
  outputBinding: 'predictions',
  flops: 6,
})

interface LossDefinition extends Pick<KernelOp, 'withOutputLayer'> {
  readonly name: string
  readonly kernel: KernelShader
  readonly outputBinding: string
  /** For each output. */
  readonly flops: number
}

function defineLoss({ name, kernel, outputBinding, flops, ...joining }: LossDefinition): Loss {
  const op: KernelOp = {
    kind: 'kernel',
    name,
    kernel,
    ...joining,
    loads: { targets: 1 },
    reads: { [outputBinding]: 0 },
    writes: ['metrics', 'gradient'],
    constants: matrixConstants,
    workgroups: (node) => [lossParts(matrixConstants(node).M), 1, 1],
    flops: flopsPerElement(flops),
    gradient: (node, gradient) => {
      if (gradient.node !== node)
        throw new ShapeError(`gradients: ${name} ends a graph; nothing may be computed from it`)
      return [outputOf(node, 1)]
    },
  }
  return ({ output, targets, metrics }) => {
    const [batch = 0] = output.shape
    if (output.shape.length !== 2 || !sameShape(output.shape, targets.shape)) {
      throw new ShapeError(
        `${name}: ${outputBinding} is ${formatShape(output.shape)} but targets is ${formatShape(targets.shape)}; ` +
          'both must be [batch, outputs]',
      )
    }
    if (!sameShape(metrics.shape.slice(1), [lossParts(batch), 2])) {
      throw new ShapeError(
        `${name}: metrics is ${formatShape(metrics.shape)}; for a batch of ${batch} it must be [rows, ${lossParts(batch)}, 2]`,
      )
    }
    return apply(op, [output, targets], [metrics, output], { into: { 0: metrics }, label: 'loss' })
  }
}
