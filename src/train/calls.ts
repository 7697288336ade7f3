/**
 * The calls of `wgrad` that run on a device. Each loads what it runs when it is called: a page that imports the library
 * has what describes models and data at once, and what compiles and trains them with its first call. What a training
 * needs until its weights are saved comes with `fit`, before the first step: it ends well even if the page was deployed
 * anew meanwhile, and the files that it came from are gone.
 */
import type { Dataset } from '../data/dataset.ts'
import type { Gpu } from '../gpu/device.ts'
import type { Sequential } from '../nn/model.ts'
import type { Activations } from './inspect.ts'
import type { Features } from './keptReaders.ts'
import type { FitOptions } from './options.ts'
import type { ProfiledDispatch } from './profile.ts'
import type { TuneOptions, Tuning } from './tune.ts'
import type { Evaluation, Prediction, Run, TrainedModel } from './types.ts'

/**
 * Trains a model on a dataset. The same seed on the same adapter with the same variants gives the same bits.
 *
 * @throws OptionError where an option is out of range, a variant unknown or beyond the device, or a checkpoint to go on
 * from was made with other options
 * @throws WeightsError where the bytes to begin from are malformed or of another model
 * @throws ShapeError where dataset and model do not fit
 * @throws TrainingError where the loss is no longer finite; the message names the step and the likely cause
 * @throws DeviceError where the device fails
 * @throws DeviceLostError where it is lost, and there is no `reopen` or the next was lost before it did a step
 * @example
 * const run = await fit(gpu, model, mnist.train, { loss: 'softmaxCrossEntropy', optimizer: adam(), epochs: 5 })
 */
export async function fit(gpu: Gpu, model: Sequential, dataset: Dataset, options: FitOptions): Promise<Run> {
  const { fit } = await import('./training.ts')
  return await fit(gpu, model, dataset, options)
}

/**
 * Compiles the kernels of a training with these options and of its validation, so that a `fit` on the same device that
 * follows begins at once. `like` stands for the dataset: one example of the same kind and shape is enough.
 *
 * @throws OptionError where an option is out of range, ShapeError where model and example do not fit
 * @throws DeviceError where the device fails
 * @example
 * const like = dataset({ features: new Uint8Array(784), featureShape: [28, 28], targets: new Uint8Array(1), classes: 10 })
 * const [mnist] = await Promise.all([loadMnist(), warmUp(gpu, model, like, options)])
 * const run = await fit(gpu, model, mnist.train, options)
 */
export async function warmUp(gpu: Gpu, model: Sequential, like: Dataset, options: FitOptions): Promise<void> {
  const { warmUp } = await import('./training.ts')
  await warmUp(gpu, model, like, options)
}

/**
 * Evaluates a model on every example of a dataset, each counted once.
 *
 * @throws ShapeError where the dataset does not fit the model
 * @throws DeviceError where the device fails
 * @example
 * const { accuracy, loss, confusion } = await evaluate(run, mnist.test)
 */
export async function evaluate(trained: TrainedModel, dataset: Dataset): Promise<Evaluation> {
  const { evaluate } = await import('./training.ts')
  return await evaluate(trained, dataset)
}

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
  const { predict } = await import('./reading.ts')
  return await predict(trained, features)
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
  const { activations } = await import('./reading.ts')
  return await activations(trained, features)
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
  const { saliency } = await import('./reading.ts')
  return await saliency(trained, features, classes)
}

/**
 * Tunes the kernels of a training step: the one that `fit` would run with these arguments.
 *
 * @throws ShapeError where dataset and model do not fit
 * @throws DeviceError where the device fails
 * @example
 * const training = { loss: 'softmaxCrossEntropy', optimizer: adam(), batchSize: 128 }
 * const { choices } = await tune(gpu, model, mnist.train, training)
 * const run = await fit(gpu, model, mnist.train, { ...training, choices })
 */
export async function tune(
  gpu: Gpu,
  model: Sequential,
  dataset: Dataset,
  options: Pick<FitOptions, 'loss' | 'optimizer' | 'batchSize'> & TuneOptions,
): Promise<Tuning> {
  const { tune } = await import('./tune.ts')
  return await tune(gpu, model, dataset, options)
}

/**
 * Times each dispatch of the step that `fit` would run with these arguments, for about `secondsEach`; the whole takes
 * longer by compilation. Weights and dataset are not touched.
 *
 * @throws OptionError where an option is out of range, ShapeError where dataset and model do not fit
 * @throws DeviceError where the device fails
 * @example
 * const times = await profile(gpu, model, mnist.train, { loss: 'softmaxCrossEntropy', optimizer: adam() })
 * const step = times.reduce((sum, { seconds }) => sum + seconds, 0)
 */
export async function profile(
  gpu: Gpu,
  model: Sequential,
  dataset: Dataset,
  options: FitOptions,
  secondsEach = 0.2,
): Promise<ProfiledDispatch[]> {
  const { profile } = await import('./profile.ts')
  return await profile(gpu, model, dataset, options, secondsEach)
}
