/**
 * The losses: each takes the model's output and dense targets, writes (sum of losses, right answers) of the batch to a
 * row of the metrics, and knows the gradient of the mean loss in the same pass.
 */
import { ShapeError } from '../errors.ts'
import * as hooks from '../generated/hooks.ts'
import * as kernels from '../generated/kernels.ts'
import { lossHook } from '../gpu/hook.ts'
import { type Constants, type KernelShader, type LossHook, withLoss } from '../gpu/link.ts'
import { type KernelOp, type Value, apply, formatShape, outputOf, sameShape } from '../graph/value.ts'
import { lossParts } from './lossParts.ts'
import { denseSoftmaxCrossEntropy, flopsPerLogit } from './outputLayer.ts'
import { flopsPerElement, matrixConstants } from './rows.ts'

/** What a loss is given; all f32. */
export interface LossOperands {
  /** `[batch, outputs]`: logits for softmaxCrossEntropy, predictions for the others. */
  readonly output: Value
  /** `[batch, outputs]`: one-hot or soft targets. */
  readonly targets: Value
  /** `[rows, lossParts(batch), 2]`: the external value whose row step.metricsRow receives (losses, right answers) in parts. */
  readonly metrics: Value
}

/** What a training minimises; `defineLoss` makes one. */
export interface Loss {
  (operands: LossOperands): Value
  /** In plans and errors, and in weights files. */
  readonly lossName: string
}

/** Σ −t · log softmax(z), averaged over the rows that count; stable for logits of any size. */
export const softmaxCrossEntropy = lossOf('softmaxCrossEntropy', {
  kernel: kernels.softmax_cross_entropy,
  outputBinding: 'logits',
  flops: flopsPerLogit,
  withOutputLayer: denseSoftmaxCrossEntropy,
})

/** (p − t)² averaged over the columns and the rows that count. */
export const meanSquaredError = elementLoss('meanSquaredError', hooks.mean_squared_error)

/** What `defineLoss` makes a loss of. */
export interface LossDefinition {
  /**
   * `fn loss_<name>(output: f32, wanted: f32) -> f32`, the loss of one output, and `fn gradient_<name>` of the same form,
   * its derivative by the output.
   */
  readonly wgsl: string
  /** Values of its overrides. Default none. */
  readonly constants?: Constants
}

/**
 * A loss for `fit`: the mean, over outputs and examples, of a function of an output and its target. Predictions are the
 * outputs as they are, and the right answer to classes is the largest. `gradientCheck` from `wgrad/testing` tells whether
 * its gradient is right.
 *
 * @throws ShaderError where the WGSL lacks one of the functions, or has bindings
 * @example
 * const logCosh = defineLoss({
 *   wgsl: `
 *     fn loss_log_cosh(y: f32, t: f32) -> f32 { return log(cosh(y - t)); }
 *     fn gradient_log_cosh(y: f32, t: f32) -> f32 { return tanh(y - t); }`,
 * })
 * const run = await fit(gpu, model, mnist.train, { loss: logCosh, optimizer: adam() })
 */
export function defineLoss({ wgsl, constants = {} }: LossDefinition): Loss {
  const hook = lossHook(wgsl)
  return elementLoss(hook.name, hook, constants)
}

function elementLoss(lossName: string, hook: LossHook, constants: Constants = {}): Loss {
  return lossOf(lossName, {
    kernel: withLoss(kernels.loss_elements, hook),
    outputBinding: 'outputs',
    flops: 6,
    constants,
  })
}

interface LossKernel extends Pick<KernelOp, 'withOutputLayer'> {
  readonly kernel: KernelShader
  readonly outputBinding: string
  /** For each output. */
  readonly flops: number
  readonly constants?: Constants
}

function lossOf(
  lossName: string,
  { kernel, outputBinding, flops, constants = {}, ...joining }: LossKernel,
): Loss {
  const { name } = kernel
  const op: KernelOp = {
    kind: 'kernel',
    name,
    kernel,
    ...joining,
    loads: { targets: 1 },
    reads: { [outputBinding]: 0 },
    writes: ['metrics', 'gradient'],
    constants: (node) => ({ ...constants, ...matrixConstants(node) }),
    workgroups: (node) => [lossParts(matrixConstants(node).M), 1, 1],
    flops: flopsPerElement(flops),
    gradient: (node, gradient) => {
      if (gradient.node !== node)
        throw new ShapeError(`gradients: ${name} ends a graph; nothing may be computed from it`)
      return [outputOf(node, 1)]
    },
  }
  const loss = ({ output, targets, metrics }: LossOperands): Value => {
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
  return Object.assign(loss, { lossName })
}
