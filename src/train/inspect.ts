/** Looking into a model: what its layers make of an example, and which inputs an answer hangs on. */
import { DataError } from '../errors.ts'
import { elementsOf } from '../graph/value.ts'
import { type Features, countOf, read } from './reader.ts'
import type { TrainedModel } from './types.ts'

/** What a model makes of examples on the way to its answers. */
export interface Activations {
  /** In the order of the model. */
  readonly layers: readonly {
    /** `dense_1`, as `summary` names it. */
    readonly name: string
    /** Of one example. */
    readonly shape: readonly number[]
    /** [count, …shape] f32. */
    readonly values: Float32Array
  }[]
  /** [count, outputs] f32, as `predict` gives them: probabilities for a classifier. */
  readonly outputs: Float32Array
}

/**
 * What every layer makes of examples: by layer name (`dense_1`, `relu_1`, …), and the model's outputs (probabilities for
 * a classifier).
 *
 * @param features [count, …inputShape], as `predict` takes them
 * @throws DataError where the length is no multiple of an example's
 * @throws ShapeError where a buffer does not hold its examples, or cannot be copied from
 * @throws DeviceError where the model was disposed of, or the device fails
 * @example
 * const { layers } = await activations(run, pixels)
 * const hidden = layers.find(({ name }) => name === 'relu_1')?.values // [count, 128]
 */
export async function activations(trained: TrainedModel, features: Features): Promise<Activations> {
  const values = await read(trained, 'activations', features)
  const layers = trained.model.layers.map(({ name, outputShape: shape }) => {
    return { name, shape, values: valuesOf(values, name) }
  })
  return { layers, outputs: valuesOf(values, 'outputs') }
}

/**
 * Gradient of one logit of each example with respect to its input: Simonyan et al. 2014, section 3. A logit is what the
 * model gives before softmax; an input is what the first layer reads, so that of u8 the range is 0–1.
 *
 * @param features [count, …inputShape], as `predict` takes them
 * @param classes [count]: the logit of each example
 * @returns [count, …inputShape] f32
 * @throws DataError where the length is no multiple of an example's, or a class is missing or none of the model's
 * @throws ShapeError where a buffer does not hold its examples, or cannot be copied from
 * @throws DeviceError where the model was disposed of, or the device fails
 * @example
 * const { classes } = await predict(run, pixels)
 * const gradient = await saliency(run, pixels, classes)
 * const map = gradient.map(Math.abs) // how much each pixel matters to the answer
 */
export async function saliency(
  trained: TrainedModel,
  features: Features,
  classes: Uint32Array | readonly number[],
): Promise<Float32Array> {
  const count = countOf(trained, 'saliency', features)
  if (classes.length !== count) {
    throw new DataError(`saliency: ${classes.length} classes for ${count} examples; give one for each`)
  }
  const outputs = elementsOf({ shape: trained.model.outputShape })
  classes.forEach((label, i) => {
    if (Number.isInteger(label) && label >= 0 && label < outputs) return
    throw new DataError(
      `saliency: the class of example ${i} is ${label}; it must be a whole number from 0 to ${outputs - 1}`,
    )
  })
  return valuesOf(await read(trained, 'saliency', features, Uint32Array.from(classes)), 'gradient')
}

function valuesOf(values: Readonly<Record<string, Float32Array>>, name: string): Float32Array {
  const found = values[name]
  if (found === undefined) throw new RangeError(`the plan has the output ${name}`)
  return found
}
