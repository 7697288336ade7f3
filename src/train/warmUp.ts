/** Compilation ahead of the data: it takes as long as loading a dataset does, and needs none of it. */
import type { Dataset } from '../data/dataset.ts'
import type { Gpu } from '../gpu/device.ts'
import { compilePasses } from '../graph/program.ts'
import type { Sequential } from '../nn/model.ts'
import { checkFit } from './evaluate.ts'
import { optionsFor, planTraining } from './graphs.ts'
import { type FitOptions, settingsOf } from './options.ts'
import { batchOf } from './resident.ts'

/** `warmUp`, which calls.ts documents. */
export async function warmUp(gpu: Gpu, model: Sequential, like: Dataset, options: FitOptions): Promise<void> {
  const settings = settingsOf(options)
  const { loss, optimizer, batchSize } = settings
  checkFit(model.inputShape, model.outputShape, like)
  const graph = await optionsFor(gpu, settings)
  const step = { model, loss, optimizer, batch: batchOf(like, batchSize), metricsRows: 1 }
  await gpu.wait(compilePasses(gpu, planTraining(step, graph)))
}
