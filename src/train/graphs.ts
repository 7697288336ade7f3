/** The graphs of a model: a training step, an evaluation step, and what is read of a model alone. */
import { OptionError } from '../errors.ts'
import { adapterClass, subgroupSize } from '../gpu/adapterClass.ts'
import type { Gpu } from '../gpu/device.ts'
import { gradients } from '../graph/gradients.ts'
import { type Plan, type PlanOptions, makePlan } from '../graph/plan.ts'
import { type Value, type VariantNames, external } from '../graph/value.ts'
import { type Parameter, type Sequential, applyLayers, parameterValue } from '../nn/model.ts'
import type { Optimizer } from '../nn/optimizers.ts'
import { confusion } from '../ops/classes.ts'
import { lossParts } from '../ops/lossParts.ts'
import type { Loss } from '../ops/losses.ts'
import { softmax } from '../ops/softmax.ts'
import { variantSetsFor } from '../ops/variants/load.ts'
import { type LossName, lossNamed } from './lossNames.ts'
import type { Batch } from './resident.ts'

export type GraphOptions = Omit<PlanOptions, 'outputs' | 'effects'>

/** Plans for the device at hand, its class, features and limits, with what a run asks of its plans. */
export async function optionsFor(
  gpu: Gpu,
  { fuse = true, variants = {}, choices = {} }: Pick<GraphOptions, 'fuse' | 'variants' | 'choices'> = {},
): Promise<GraphOptions> {
  const { features, limits } = gpu.device
  const adapter = adapterClass(gpu.adapter)
  return {
    adapter,
    features,
    subgroupSize: subgroupSize(gpu.device.adapterInfo),
    variantSets: await variantSetsFor(adapter, features, [variants, choices].flatMap(Object.values<string>)),
    maxBindings: limits.maxStorageBuffersPerShaderStage,
    fuse,
    variants,
    choices,
  }
}

/**
 * Forward, loss, backward, and an update of every parameter. The state of the optimiser lies like the parameters.
 * Throws OptionError where a variant is asked for that the step has no use for.
 */
export function planTraining(
  { model, loss, optimizer, batch, metricsRows }: TrainingGraph,
  options: GraphOptions,
): Plan {
  const { lossValue, valueOf } = lossGraph({ model, loss, batch, metricsRows })
  const parameters = model.parameters.map(valueOf)
  const updates = gradients(lossValue, parameters).map((gradient, i) => {
    const parameter = model.parameters[i]
    if (parameter === undefined) throw new RangeError('a gradient for each parameter')
    const state = optimizer.state.map((name) => parameterValue(parameter, name))
    return optimizer.update({ parameter: valueOf(parameter), gradient }, state)
  })
  const plan = makePlan({ ...options, effects: [lossValue, ...updates] })
  checkVariants(plan, options.variants)
  return plan
}

/** What a training step does up to its loss, by the same kernels. */
export function planValidation(graph: TrainingGraph, options: GraphOptions): Plan {
  const plan = planTraining(graph, options)
  const { dispatches } = plan
  const end = dispatches.findIndex(({ bindings }) =>
    Object.values(bindings).some((place) => place.kind === 'external' && place.buffer === 'metrics'),
  )
  return { ...plan, dispatches: dispatches.slice(0, end + 1) }
}

/** A name that is misspelt must not leave the choice to others in silence. */
function checkVariants({ dispatches }: Plan, variants: VariantNames = {}): void {
  const choices = dispatches.flatMap(({ choice }) => choice ?? [])
  const known = new Set([...choices.map(({ op }) => op), ...choices.map(({ key }) => key)])
  const unknown = Object.keys(variants).find((name) => !known.has(name))
  if (unknown === undefined) return
  const names = [...known].map((name) => `"${name}"`).join(', ') || 'nothing'
  throw new OptionError(`variants: "${unknown}" names no kernel of the training step; there is ${names}`)
}

/** Forward and loss; where the targets are classes, the confusion matrix too. */
export function planEvaluation(
  { counts, ...graph }: LossGraph & { readonly counts: boolean },
  options: GraphOptions,
): Plan {
  const { lossValue, output } = lossGraph(graph)
  if (!counts) return makePlan({ ...options, effects: [lossValue] })
  const classes = output.shape.at(-1) ?? 0
  const counted = confusion({
    output,
    targets: graph.batch.targets,
    counts: external({ buffer: 'counts', shape: [classes, classes], dtype: 'u32' }),
  })
  return makePlan({ ...options, effects: [lossValue, counted] })
}

/** What can be read of a model that is run on examples. */
export type Reading = 'outputs' | 'activations' | 'saliency'

/**
 * Forward only, probabilities where the loss is of a classifier; with `activations`, what every layer makes too. With
 * `saliency`, the gradient of the logit that the targets name by the input, and back to it.
 */
export function planReading(
  reading: Reading,
  { model, loss, batch }: Omit<LossGraph, 'metricsRows'>,
  options: GraphOptions,
): Plan {
  const layers = applyLayers(model.layers, batch.x, (parameter) => parameterValue(parameter))
  const last = layers.at(-1) ?? batch.x
  const endsInSoftmax = model.layers.at(-1)?.layer.kind === 'softmax'
  if (reading === 'saliency') {
    const logits = endsInSoftmax ? (layers.at(-2) ?? batch.x) : last
    const [gradient = batch.targets] = gradients(logits, [batch.x], batch.targets)
    return makePlan({ ...options, outputs: { gradient } })
  }
  const outputs = loss === 'softmaxCrossEntropy' && !endsInSoftmax ? softmax(last) : last
  const named = model.layers.map(({ name }, i) => [name, layers[i] ?? last] as const)
  const seen = reading === 'activations' ? Object.fromEntries(named) : {}
  return makePlan({ ...options, outputs: { ...seen, outputs } })
}

/** A model under a loss, on batches of a dataset. */
export interface LossGraph {
  readonly model: Sequential
  readonly loss: LossName | Loss
  readonly batch: Batch
  /** Rows of the metrics buffer. */
  readonly metricsRows: number
}

export interface TrainingGraph extends LossGraph {
  readonly optimizer: Optimizer
}

function lossGraph({ model, loss, batch, metricsRows }: LossGraph): {
  lossValue: Value
  output: Value
  valueOf: (parameter: Parameter) => Value
} {
  const values = new Map<Parameter, Value>()
  const valueOf = (parameter: Parameter): Value => {
    const value = values.get(parameter) ?? parameterValue(parameter)
    values.set(parameter, value)
    return value
  }
  // softmax_cross_entropy takes logits: it makes the softmax of a last softmax layer itself.
  const layers =
    loss === 'softmaxCrossEntropy' && model.layers.at(-1)?.layer.kind === 'softmax'
      ? model.layers.slice(0, -1)
      : model.layers
  const output = applyLayers(layers, batch.x, valueOf).at(-1) ?? batch.x
  const [batchSize = 0] = output.shape
  const metrics = external({
    buffer: 'metrics',
    shape: [metricsRows, lossParts(batchSize), 2],
    dtype: 'f32',
  })
  return { lossValue: lossNamed(loss)({ output, targets: batch.targets, metrics }), output, valueOf }
}
