/** What each dispatch of a training step costs: timed alone on scratch memory, apart from any run. */
import type { Dataset } from '../data/dataset.ts'
import type { Gpu } from '../gpu/device.ts'
import { type PlannedDispatch, plannedDispatch } from '../graph/formatPlan.ts'
import type { Sequential } from '../nn/model.ts'
import { checkFit } from './evaluate.ts'
import { optionsFor, planTraining } from './graphs.ts'
import { type FitOptions, settingsOf } from './options.ts'
import { batchOf } from './resident.ts'

export interface ProfiledDispatch extends PlannedDispatch {
  /** Of one run: on the device's clock where it has one (`timestamp-query`), else on the host's. */
  readonly seconds: number
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
  const settings = settingsOf(options)
  const { loss, optimizer, batchSize } = settings
  checkFit(model.inputShape, model.outputShape, dataset)
  const batch = batchOf(dataset, Math.min(batchSize, dataset.count))
  const { dispatches } = planTraining(
    { model, loss, optimizer, batch, metricsRows: 1 },
    optionsFor(gpu, settings),
  )
  // Not part of what a page loads before it profiles.
  const { timeDispatches } = await import('./timeDispatches.ts')
  const times = await timeDispatches(gpu, dispatches, secondsEach)
  return dispatches.map((dispatch, i) => ({ ...plannedDispatch(dispatch), seconds: times[i] ?? NaN }))
}
