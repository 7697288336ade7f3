/**
 * The losses: each takes the model's output and dense targets, writes (sum of losses, right answers) of the batch to a
 * row of the metrics, and knows the gradient of the mean loss in the same pass.
 */
import { ShapeError } from '../errors.ts'
import * as kernels from '../generated/kernels.ts'
import type { KernelShader } from '../gpu/link.ts'
import { type KernelOp, type Value, apply, formatShape, outputOf, sameShape } from '../graph/value.ts'
import { lossParts } from './lossParts.ts'
import { denseSoftmaxCrossEntropy, flopsPerLogit } from './outputLayer.ts'
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

/** Σ −t · log softmax(z), averaged over the rows that count; stable for logits of any size. */
export const softmaxCrossEntropy = defineLoss({
  name: 'softmax_cross_entropy',
  kernel: kernels.softmax_cross_entropy,
  outputBinding: 'logits',
  flops: flopsPerLogit,
  withOutputLayer: denseSoftmaxCrossEntropy,
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
