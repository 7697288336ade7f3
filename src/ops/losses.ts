/**
 * The losses: each takes the model's output and dense targets, writes (sum of losses, right answers) of the batch to a
 * row of the metrics, and knows the gradient of the mean loss in the same pass.
 */
import { ShapeError } from '../errors.ts'
import { kernels } from '../generated/shaders.ts'
import type { KernelShader } from '../gpu/link.ts'
import { type KernelOp, type Value, apply, formatShape, outputOf, sameShape } from '../graph/value.ts'
import { flopsPerElement, matrixConstants } from './rows.ts'

/** What a loss is given; all f32. */
export interface LossOperands {
  /** [batch, outputs]: logits for softmaxCrossEntropy, predictions for meanSquaredError. */
  readonly output: Value
  /** [batch, outputs]: one-hot or soft targets. */
  readonly targets: Value
  /** [slots, 2]: the external value that receives (sum of losses, right answers) in row step.slot. */
  readonly metrics: Value
}

export type Loss = (operands: LossOperands) => Value

/** Σ −t · log softmax(z), averaged over the rows that count; stable for logits of any size. */
export const softmaxCrossEntropy = defineLoss(
  'softmax_cross_entropy',
  kernels.softmax_cross_entropy,
  'logits',
  12,
)

/** (p − t)² averaged over the columns and the rows that count. */
export const meanSquaredError = defineLoss('mean_squared_error', kernels.mean_squared_error, 'predictions', 6)

function defineLoss(name: string, kernel: KernelShader, outputBinding: string, flops: number): Loss {
  const op: KernelOp = {
    kind: 'kernel',
    name,
    kernel,
    loads: { targets: 1 },
    reads: { [outputBinding]: 0 },
    writes: ['metrics', 'gradient'],
    constants: matrixConstants,
    workgroups: () => [1, 1, 1],
    flops: flopsPerElement(flops),
    gradient: (node, gradient) => {
      if (gradient.node !== node)
        throw new ShapeError(`gradients: ${name} ends a graph; nothing may be computed from it`)
      return [outputOf(node, 1)]
    },
  }
  return ({ output, targets, metrics }) => {
    if (output.shape.length !== 2 || !sameShape(output.shape, targets.shape)) {
      throw new ShapeError(
        `${name}: ${outputBinding} is ${formatShape(output.shape)} but targets is ${formatShape(targets.shape)}; ` +
          'both must be [batch, outputs]',
      )
    }
    return apply(op, [output, targets], [metrics, output], { into: { 0: metrics }, label: 'loss' })
  }
}
