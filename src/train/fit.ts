/** Training: what a run holds on the device, from the first weights to the run that has ended. */
import type { Dataset } from '../data/dataset.ts'
import { split } from '../data/split.ts'
import type { Gpu } from '../gpu/device.ts'
import { formatPlan } from '../graph/formatPlan.ts'
import { variantsIn } from '../graph/plan.ts'
import { readSafetensors } from '../io/safetensors.ts'
import type { Sequential } from '../nn/model.ts'
import { checkFit, createEvaluator } from './evaluate.ts'
import { optionsFor } from './graphs.ts'
import { Loop } from './loop.ts'
import { Memory } from './memory.ts'
import { type FitOptions, type Settings, settingsOf } from './options.ts'
import { createTrainer } from './trainer.ts'
import type { Run } from './types.ts'
import { Weights, initialValues, valuesFor } from './weights.ts'

/**
 * Trains a model on a dataset. The same seed on the same adapter with the same variants gives the same bits.
 *
 * @throws OptionError where an option is out of range, or a variant unknown or beyond the device
 * @throws ShapeError where dataset and model do not fit
 * @throws TrainingError where the loss is no longer finite; the message names the step and the likely cause
 * @throws DeviceError where the device fails
 * @example
 * const run = await fit(gpu, model, mnist.train, { loss: 'softmaxCrossEntropy', optimizer: adam(), epochs: 5 })
 */
export async function fit(gpu: Gpu, model: Sequential, dataset: Dataset, options: FitOptions): Promise<Run> {
  const settings = settingsOf(options)
  const { loss, optimizer, seed, fuse = true, variants = {}, choices = {} } = settings
  checkFit(model.inputShape, model.outputShape, dataset)
  const { train, validation } = divide(dataset, settings)
  const values =
    options.weights === undefined
      ? initialValues(model, seed)
      : valuesFor(model, readSafetensors(options.weights).tensors)

  const graph = { ...optionsFor(gpu), fuse, variants, choices }
  const weights = new Weights(gpu, model, loss, values)
  const memory = new Memory(gpu)
  try {
    const batchSize = Math.min(settings.batchSize, train.count)
    const trainer = memory.own(
      await createTrainer(gpu, { weights, dataset: train, optimizer, batchSize, graph }),
    )
    const evaluator = validation && memory.own(await createEvaluator(weights, validation, graph, batchSize))
    options.onPlan?.(formatPlan(trainer.plan), variantsIn(trainer.plan))
    const loop = new Loop(gpu, trainer, train, { ...settings, batchSize })
    await loop.run(evaluator)
    return Object.assign(weights, loop.record())
  } catch (error) {
    weights.dispose()
    throw error
  } finally {
    memory.dispose()
  }
}

function divide(
  dataset: Dataset,
  { validation, seed }: Settings,
): { train: Dataset; validation: Dataset | undefined } {
  return typeof validation === 'number'
    ? split(dataset, { fraction: validation, seed })
    : { train: dataset, validation }
}
