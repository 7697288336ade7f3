/** Compilation ahead of the data: it takes as long as loading a dataset does, and needs none of it. */
import type { Dataset } from '../data/dataset.ts'
import type { Gpu } from '../gpu/device.ts'
import { compilePasses } from '../graph/program.ts'
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
  const ofSteps = compilePasses(gpu, planTraining({ ...step(batchSize), optimizer }, graph))
  const counts = hasClasses(loss, like)
  // Behind those of the steps. Where one does not compile, the evaluation that needs it is told.
  compilePasses(gpu, planEvaluation({ ...evaluation, counts }, graph)).catch(() => undefined)
  await gpu.wait(ofSteps)
}
