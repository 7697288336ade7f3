/**
 * The float64 twin of training: a sequential model as a chain of the twins of its ops, one step at a time. Slow and
 * plain; nothing of it is shared with src/train but the initial weights and the order of the examples, which are given.
 */
import type { Dataset } from '../../../src/data/dataset.ts'
import type { Sequential } from '../../../src/nn/model.ts'
import { createRandom } from '../../../src/random.ts'
import { adam } from '../adam.ts'
import { gather } from '../gather.ts'
import { gatherF32 } from '../gather_f32.ts'
import { gatherOneHot } from '../gather_one_hot.ts'
import { meanSquaredError } from '../mean_squared_error.ts'
import { sgd } from '../sgd.ts'
import { softmaxCrossEntropy } from '../softmax_cross_entropy.ts'
import { type HostParameters, activate, activationGradient, dense, denseGradient } from './layers.ts'

export type { HostParameters }
export type LossName = 'softmaxCrossEntropy' | 'meanSquaredError'

/** Rows of a dataset as numbers. */
export interface HostBatch {
  readonly x: Float64Array // [rows, features]
  readonly targets: Float64Array // [rows, outputs]
  readonly rows: number
}

/** Parameters as float64, by name. */
export function hostParameters(values: ReadonlyMap<string, Float32Array>): HostParameters {
  return new Map([...values].map(([name, data]) => [name, Float64Array.from(data)]))
}

/** `rows` rows from `begin` on, in the order of the permutation; default all, as they stand. */
export function hostBatch(
  { features, targets, count, outputs: N }: Dataset,
  permutation = Uint32Array.from({ length: count }, (_, i) => i),
  begin = 0,
  rows = count,
): HostBatch {
  const place = { permutation, begin, M: rows }
  const FEATURES = features.length / count
  return {
    x:
      features instanceof Uint8Array
        ? gather({ dataset: features, ...place, FEATURES })
        : gatherF32({ dataset: features, ...place, FEATURES }),
    targets:
      targets instanceof Float32Array
        ? gatherF32({ dataset: targets, ...place, FEATURES: N })
        : gatherOneHot({ labels: targets, ...place, N }),
    rows,
  }
}

/** What the layers make of x: the input of the first layer, then the output of each. */
export function hostForward(
  { layers }: Pick<Sequential, 'layers'>,
  parameters: HostParameters,
  { x, rows: M }: Pick<HostBatch, 'x' | 'rows'>,
): Float64Array[] {
  const values = [x]
  for (const { name, layer } of layers) {
    const input = values.at(-1)!
    values.push(layer.kind === 'dense' ? dense(name, parameters, input, M) : activate(layer.kind, input, M))
  }
  return values
}

/** Sum of the losses, right answers and outputs of a batch, and the gradient of its mean loss by each parameter. */
export function hostLoss(
  model: Sequential,
  loss: LossName,
  parameters: HostParameters,
  batch: HostBatch,
): { loss: number; correct: number; output: Float64Array; gradients: HostParameters } {
  // The loss of a classifier takes logits: a last softmax is its own.
  const isOfLogits = loss === 'softmaxCrossEntropy' && model.layers.at(-1)!.layer.kind === 'softmax'
  const layers = isOfLogits ? model.layers.slice(0, -1) : model.layers
  const values = hostForward({ layers }, parameters, batch)
  const output = values.at(-1)!
  const N = output.length / batch.rows
  const sizes = { targets: batch.targets, M: batch.rows, N, count: batch.rows }
  const ended =
    loss === 'softmaxCrossEntropy'
      ? softmaxCrossEntropy({ logits: output, ...sizes })
      : meanSquaredError({ predictions: output, ...sizes })

  const gradients = new Map<string, Float64Array>()
  let gradient = ended.gradient
  layers.toReversed().forEach(({ name, layer }, back) => {
    const at = layers.length - 1 - back
    const [input, made] = [values[at]!, values[at + 1]!]
    gradient =
      layer.kind === 'dense'
        ? denseGradient(name, parameters, { input, gradient, M: batch.rows, gradients })
        : activationGradient(layer.kind, { gradient, input, output: made, M: batch.rows })
  })
  return { loss: ended.loss, correct: ended.correct, output, gradients }
}

export interface HostFitOptions {
  readonly loss: LossName
  readonly optimizer:
    | { readonly name: 'adam'; readonly beta1: number; readonly beta2: number; readonly epsilon: number }
    | { readonly name: 'sgd'; readonly momentum: number }
  /** Of the step about to be done, from 0. */
  readonly learningRate: (step: number) => number
  readonly batchSize: number
  readonly steps: number
  readonly seed: number
  readonly initial: ReadonlyMap<string, Float32Array>
}

/** The steps of a training: mean loss and right answers of each, and the parameters after the last. */
export function hostFit(
  model: Sequential,
  dataset: Dataset,
  { loss, optimizer, learningRate, batchSize, steps, seed, initial }: HostFitOptions,
): { losses: number[]; correct: number[]; parameters: HostParameters } {
  const parameters = new Map(hostParameters(initial))
  const state = new Map([...parameters].map(([name, { length }]) => [name, zeroState(length)]))
  const [losses, correct]: [number[], number[]] = [[], []]
  const perEpoch = Math.ceil(dataset.count / batchSize)
  for (let step = 0; step < steps; step++) {
    const epoch = Math.floor(step / perEpoch) + 1
    const permutation = createRandom(seed, `shuffle/${epoch}`).permutation(dataset.count)
    const begin = (step % perEpoch) * batchSize
    const rows = Math.min(batchSize, dataset.count - begin)
    const done = hostLoss(model, loss, parameters, hostBatch(dataset, permutation, begin, rows))
    losses.push(done.loss / rows)
    correct.push(done.correct)
    for (const [name, gradient] of done.gradients) {
      const operands = { ...state.get(name)!, parameter: parameters.get(name)!, gradient }
      const rate = learningRate(step)
      if (optimizer.name === 'adam') {
        const next = adam({ ...operands, ...optimizer, learningRate: rate, step: step + 1 })
        parameters.set(name, next.parameter)
        state.set(name, { ...next, velocity: operands.velocity })
      } else {
        const next = sgd({ ...operands, ...optimizer, learningRate: rate })
        parameters.set(name, next.parameter)
        state.set(name, { ...operands, velocity: next.velocity })
      }
    }
  }
  return { losses, correct, parameters }
}

const zeroState = (length: number): Record<'firstMoment' | 'secondMoment' | 'velocity', Float64Array> => ({
  firstMoment: new Float64Array(length),
  secondMoment: new Float64Array(length),
  velocity: new Float64Array(length),
})
