/** A model's answers to examples without targets. */
import { elementsOf } from '../graph/value.ts'
import { type Features, read } from './reader.ts'
import type { Prediction, TrainedModel } from './types.ts'

/**
 * Runs a model forward.
 *
 * @param features [count, …inputShape] row-major: u8 is normalised 0–255 to 0–1, f32 is used as it is; or where such
 *   examples live on the device
 * @throws DataError where the length is no multiple of an example's
 * @throws ShapeError where a buffer does not hold its examples, or cannot be copied from
 * @throws DeviceError where the model was disposed of, or the device fails
 * @example
 * const { classes, outputs } = await predict(run, pixels) // outputs: [count, 10] probabilities
 */
export async function predict(trained: TrainedModel, features: Features): Promise<Prediction> {
  const { outputs = new Float32Array() } = await read(trained, 'outputs', features)
  return { outputs, classes: largestColumns(outputs, elementsOf({ shape: trained.model.outputShape })) }
}

/** The first of equals, as argmax.wgsl has it. */
function largestColumns(values: Float32Array, columns: number): Uint32Array {
  return Uint32Array.from({ length: values.length / columns }, (_, row) => {
    const of = values.subarray(row * columns, (row + 1) * columns)
    return of.reduce((best, value, column) => (value > (of[best] ?? NaN) ? column : best), 0)
  })
}
