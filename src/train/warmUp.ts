/** Compilation ahead of the data: it takes as long as loading a dataset does, and needs none of it. */
import type { Dataset } from '../data/dataset.ts'
import type { Gpu } from '../gpu/device.ts'
import { createKernel } from '../gpu/kernel.ts'
import { passesToBegin } from '../graph/plan.ts'
import type { Sequential } from '../nn/model.ts'
import { checkFit, evaluationBatchSize, hasClasses } from './evaluate.ts'
import { type LossGraph, optionsFor, planEvaluation, planTraining } from './graphs.ts'
import { type FitOptions, settingsOf } from './options.ts'
import { batchOf } from './resident.ts'

/** `warmUp`, which calls.ts documents. */
export async function warmUp(gpu: Gpu, model: Sequential, like: Dataset, options: FitOptions): Promise<void> {
  const settings = settingsOf(options)
  const { loss, optimizer, batchSize } = settings
  checkFit(model.inputShape, model.outputShape, like)
  const graph = await optionsFor(gpu, settings)
  const step = (rows: number): LossGraph => ({ model, loss, batch: batchOf(like, rows), metricsRows: 1 })
  const evaluation = step(evaluationBatchSize(batchSize))
  const plans = [
    planTraining({ ...step(batchSize), optimizer }, graph),
    planEvaluation({ ...evaluation, counts: hasClasses(loss, like) }, graph),
  ]
  const passes = plans.flatMap(({ dispatches }) => dispatches.flatMap(passesToBegin))
  await gpu.wait(
    Promise.all(passes.map(({ linking, constants }) => createKernel(gpu.device, linking, constants))),
  )
}
