/** Compilation ahead of the data: it takes as long as loading a dataset does, and needs none of it. */
import type { Dataset } from '../data/dataset.ts'
import type { Gpu } from '../gpu/device.ts'
import { createKernel } from '../gpu/kernel.ts'
import { passesOf } from '../graph/plan.ts'
import type { Sequential } from '../nn/model.ts'
import { checkFit, evaluationBatchSize, hasClasses } from './evaluate.ts'
import { type LossGraph, optionsFor, planEvaluation, planTraining } from './graphs.ts'
import { type FitOptions, settingsOf } from './options.ts'
import { batchOf } from './resident.ts'

/**
 * Compiles the kernels of a training with these options and of its evaluation, so that a `fit` on the same device that
 * follows begins at once. `like` stands for the dataset: one example of the same kind is enough.
 *
 * @throws OptionError where an option is out of range, ShapeError where model and example do not fit
 * @throws DeviceError where the device fails
 * @example
 * const like = dataset({ features: new Uint8Array(784), targets: new Uint8Array(1), classes: 10 })
 * const [mnist] = await Promise.all([loadMnist(), warmUp(gpu, model, like, options)])
 * const run = await fit(gpu, model, mnist.train, options)
 */
export async function warmUp(gpu: Gpu, model: Sequential, like: Dataset, options: FitOptions): Promise<void> {
  const settings = settingsOf(options)
  const { loss, optimizer, batchSize } = settings
  checkFit(model.inputShape, model.outputShape, like)
  const graph = optionsFor(gpu, settings)
  const step = (rows: number): LossGraph => ({ model, loss, batch: batchOf(like, rows), metricsRows: 1 })
  const evaluation = step(evaluationBatchSize(batchSize))
  const plans = [
    planTraining({ ...step(batchSize), optimizer }, graph),
    planEvaluation({ ...evaluation, counts: hasClasses(loss, like) }, graph),
  ]
  const passes = plans.flatMap(({ dispatches }) => dispatches.flatMap(passesOf))
  await gpu.wait(
    Promise.all(passes.map(({ linking, constants }) => createKernel(gpu.device, linking, constants))),
  )
}
