/** What each dispatch of a training step costs: timed alone on scratch memory, apart from any run. */
import type { Dataset } from '../data/dataset.ts'
import type { Gpu } from '../gpu/device.ts'
import { type PlannedDispatch, plannedDispatch } from '../graph/formatPlan.ts'
import type { Sequential } from '../nn/model.ts'
import { checkFit } from './evaluate.ts'
import { optionsFor, planTraining } from './graphs.ts'
import { type FitOptions, settingsOf } from './options.ts'
import { batchOf } from './resident.ts'
import { timeDispatches } from './timeDispatches.ts'

export interface ProfiledDispatch extends PlannedDispatch {
  /** Of one run: on the device's clock where it has one (`timestamp-query`), else on the host's. */
  readonly seconds: number
}

/** `profile`, which calls.ts documents. */
export async function profile(
  gpu: Gpu,
  model: Sequential,
  dataset: Dataset,
  options: FitOptions,
  secondsEach: number,
): Promise<ProfiledDispatch[]> {
  const settings = settingsOf(options)
  const { loss, optimizer, batchSize } = settings
  checkFit(model.inputShape, model.outputShape, dataset)
  const batch = batchOf(dataset, Math.min(batchSize, dataset.count))
  const { dispatches } = planTraining(
    { model, loss, optimizer, batch, metricsRows: 1 },
    await optionsFor(gpu, settings),
  )
  const times = await timeDispatches(gpu, dispatches, secondsEach)
  return dispatches.map((dispatch, i) => ({ ...plannedDispatch(dispatch), seconds: times[i] ?? NaN }))
}
