/** A weights file as the model in it, for the commands that use one. */
import { WeightsError } from '../errors.ts'
import type { Gpu } from '../gpu/device.ts'
import { loadModel } from '../train/weights.ts'
import type { TrainedModel } from '../train/types.ts'

/** @throws WeightsError with the path in it, where the bytes are no weights file of a model for images of 28×28 */
export function loadDigitModel(gpu: Gpu, bytes: Uint8Array, path: string): TrainedModel {
  let trained: TrainedModel
  try {
    trained = loadModel(gpu, bytes)
  } catch (cause) {
    if (cause instanceof WeightsError) throw new WeightsError(`${path}: ${cause.message}`, { cause })
    throw cause
  }
  const { inputShape, outputShape } = trained.model
  const width = inputShape.reduce((product, size) => product * size, 1)
  if (width === 784 && outputShape.join() === '10') return trained
  throw new WeightsError(
    `${path}: the model maps [${inputShape.join(', ')}] to [${outputShape.join(', ')}], expected images of 28×28 to 10 classes`,
  )
}
