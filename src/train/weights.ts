/**
 * A model's parameters on the device, and the way to bytes and back: safetensors with the topology and the
 * preprocessing in its metadata, so that a weights file is all that evaluate and predict need.
 */
import { OptionError, ShapeError, WeightsError } from '../errors.ts'
import { destroyBuffer } from '../gpu/buffer.ts'
import type { Gpu } from '../gpu/device.ts'
import { elementsOf, formatShape, sameShape } from '../graph/value.ts'
import { readSafetensors } from '../io/readSafetensors.ts'
import { type HostTensor, writeSafetensors } from '../io/safetensors.ts'
import { type Layer, type LayerMakers, layerFrom } from '../nn/layers.ts'
import { type Sequential, sequential } from '../nn/model.ts'
import type { Loss } from '../ops/losses.ts'
import { createRandom } from '../random.ts'
import { type Values, createArena, readArena } from './arena.ts'
import { type LossName, isLoss } from './lossNames.ts'
import { releaseReaders } from './keptReaders.ts'
import type { TrainedModel } from './types.ts'
import { isRecord, parseRecord } from '../records.ts'

/** A model with its parameters in one buffer of the device. */
export class Weights implements TrainedModel {
  readonly gpu: Gpu
  readonly model: Sequential
  readonly loss: LossName | Loss
  /** The arena: `model.parameters` says where each lies. */
  readonly parameters: GPUBuffer

  constructor(gpu: Gpu, model: Sequential, loss: LossName | Loss, values: Values) {
    this.gpu = gpu
    this.model = model
    this.loss = loss
    this.parameters = createArena(gpu, 'parameters', model, values)
  }

  async weights(): Promise<Uint8Array<ArrayBuffer>> {
    const { gpu, model, loss, parameters } = this
    return writeSafetensors(await readArena(gpu, model, parameters), { wgrad: describeModel(model, loss) })
  }

  dispose(): void {
    releaseReaders(this.parameters)
    destroyBuffer(this.parameters)
  }

  [Symbol.dispose](): void {
    this.dispose()
  }
}

/**
 * The parameters as they are on the device now, by name: `dense_1.weight`.
 *
 * @throws DeviceError where the device fails
 * @example
 * const weights = await getWeights(run)
 * weights.get('dense_1.weight').shape // [784, 128]
 */
export async function getWeights({ gpu, model, parameters }: TrainedModel): Promise<Map<string, HostTensor>> {
  const tensors = await readArena(gpu, model, parameters)
  return new Map(tensors.map(({ name, shape, data }) => [name, { shape, data }]))
}

/**
 * Writes all parameters of a model, by name; what runs from now on reads them.
 *
 * @throws WeightsError where a parameter is missing, over, or of another shape or length; then none is written
 * @example
 * setWeights(run, await getWeights(other))
 */
export function setWeights(
  { gpu, model, parameters }: TrainedModel,
  tensors: ReadonlyMap<string, HostTensor>,
): void {
  const values = valuesFor(model, tensors)
  for (const { name, offset } of model.parameters) {
    gpu.device.queue.writeBuffer(parameters, offset, Float32Array.from(values.get(name) ?? []))
  }
}

/** The first values of every parameter, by name: each drawn from a stream of its own. */
export function initialValues(model: Sequential, seed: number): Map<string, Float32Array> {
  return new Map(
    model.parameters.map((parameter) => {
      const random = createRandom(seed, parameter.name)
      return [parameter.name, parameter.initializer(random, elementsOf(parameter), parameter.fans)]
    }),
  )
}

/**
 * The values of a weights file for a model; what a checkpoint has beside them has a slash in its name. Throws
 * WeightsError where one is missing, over, or of another shape.
 */
export function valuesFor(
  model: Sequential,
  tensors: ReadonlyMap<string, HostTensor>,
): Map<string, Float32Array> {
  const names = new Set(model.parameters.map(({ name }) => name))
  const over = [...tensors.keys()].find((name) => !names.has(name) && !name.includes('/'))
  if (over !== undefined) throw new WeightsError(`weights: the model has no parameter "${over}"`)
  return new Map(
    model.parameters.map(({ name, shape }) => {
      const tensor = tensors.get(name)
      if (tensor === undefined) throw new WeightsError(`weights: the parameter "${name}" is missing`)
      if (!sameShape(tensor.shape, shape)) {
        throw new WeightsError(
          `weights: "${name}" is ${formatShape(tensor.shape)}, the model wants ${formatShape(shape)}`,
        )
      }
      if (tensor.data.length !== elementsOf({ shape })) {
        throw new WeightsError(
          `weights: "${name}" is ${formatShape(shape)} but its data has ${tensor.data.length} elements`,
        )
      }
      return [name, tensor.data]
    }),
  )
}

/** What a weights file names that is not of this library. */
export interface LoadOptions {
  /** The functions that make your own layers from their config, by kind: `{ leakyRelu }`. Default none. */
  readonly layers?: LayerMakers
  /** Your own losses. Default none. */
  readonly losses?: readonly Loss[]
}

/**
 * A trained model from the bytes of a weights file that `weights()` wrote, or of a checkpoint.
 *
 * @throws WeightsError where the bytes are no safetensors file, or not one of a model of this library, or name a layer or
 *   a loss that is neither of this library nor among the options
 * @throws DeviceError where the parameters do not fit into a buffer of the device
 * @example
 * const trained = loadModel(gpu, await readWeights('mnist.safetensors'))
 * const { classes } = await predict(trained, pixels)
 */
export function loadModel(gpu: Gpu, bytes: Uint8Array, options: LoadOptions = {}): TrainedModel {
  const { tensors, metadata } = readSafetensors(bytes)
  const { model, loss } = parseDescription(metadata.wgrad, options)
  return new Weights(gpu, model, loss, valuesFor(model, tensors))
}

/** What a model is, for the metadata of its file. */
export function describeModel(model: Sequential, loss: LossName | Loss): string {
  const description: ModelDescription = {
    version: 1,
    inputShape: model.inputShape,
    layers: model.layers.map(({ layer: { kind, config } }) => ({ kind, config })),
    loss: typeof loss === 'string' ? loss : loss.lossName,
    preprocessing: { u8: 'divide by 255' },
  }
  return JSON.stringify(description)
}

interface ModelDescription {
  readonly version: 1
  readonly inputShape: readonly number[]
  readonly layers: readonly { readonly kind: string; readonly config: Readonly<Record<string, unknown>> }[]
  readonly loss: string
  /** How features of each dtype become what the first layer reads. */
  readonly preprocessing: { readonly u8: 'divide by 255' }
}

function parseDescription(
  text: string | undefined,
  { layers: makers = {}, losses = [] }: LoadOptions,
): Pick<TrainedModel, 'model' | 'loss'> {
  if (text === undefined) {
    throw new WeightsError(
      'weights: the metadata has no "wgrad" entry, so the layers are not known; was it written elsewhere?',
    )
  }
  const description = parseRecord(text)
  if (description === undefined)
    throw new WeightsError('weights: the "wgrad" entry of the metadata is not a JSON object')
  const { version, inputShape, layers, loss } = description
  if (version !== 1)
    throw new WeightsError(`weights: the description has version ${String(version)}, expected 1`)
  if (!Array.isArray(inputShape) || !inputShape.every((size) => typeof size === 'number')) {
    throw new WeightsError('weights: the description has no inputShape')
  }
  if (!Array.isArray(layers)) throw new WeightsError('weights: the description has no layers')
  const known = losses.find(({ lossName }) => lossName === loss) ?? loss
  if (!isLoss(known)) {
    throw new WeightsError(
      `weights: the loss ${JSON.stringify(loss)} is not known; if it is your own: loadModel(gpu, bytes, { losses: [yourLoss] })`,
    )
  }
  return { model: describedModel(inputShape, layers, makers), loss: known }
}

function describedModel(
  inputShape: readonly number[],
  layers: readonly unknown[],
  makers: LayerMakers,
): Sequential {
  try {
    return sequential(
      inputShape,
      layers.map((entry, i) => describedLayer(entry, i, makers)),
    )
  } catch (error) {
    // What would be the caller's mistake in a call is the file's here.
    if (error instanceof OptionError || error instanceof ShapeError)
      throw new WeightsError(`weights: the description is of no model: ${error.message}`, { cause: error })
    throw error
  }
}

function describedLayer(entry: unknown, i: number, makers: LayerMakers): Layer {
  const { kind, config } = isRecord(entry) ? entry : {}
  const layer = typeof kind === 'string' && isRecord(config) ? layerFrom(kind, config, makers) : undefined
  if (layer === undefined)
    throw new WeightsError(
      `weights: layer ${i} is not known: ${JSON.stringify(entry)}; if it is your own: loadModel(gpu, bytes, { layers: { kind: maker } })`,
    )
  return layer
}
