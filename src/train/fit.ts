/** Training: what a run holds on the device, from the first weights to the run that has ended. */
import type { Dataset } from '../data/dataset.ts'
import { split } from '../data/split.ts'
import { OptionError } from '../errors.ts'
import type { Gpu } from '../gpu/device.ts'
import { formatPlan, plannedDispatch } from '../graph/formatPlan.ts'
import { type Plan, variantsIn } from '../graph/plan.ts'
import type { Sequential } from '../nn/model.ts'
import { allVariantSets } from '../ops/variants/load.ts'
import { type Identity, writeCheckpoint } from './checkpoint.ts'
import { type Values, checkArena } from './arena.ts'
import { CheckpointClock } from './checkpointClock.ts'
import { checkFit, createEvaluator } from './evaluate.ts'
import { optionsFor, planValidation } from './graphs.ts'
import { newHostState } from './hostState.ts'
import { Loop } from './loop.ts'
import { Memory } from './memory.ts'
import { type FitOptions, type Settings, settingsOf } from './options.ts'
import { recovering } from './recover.ts'
import type * as resume from './resume.ts'
import { createTrainer } from './trainer.ts'
import { TrainingState } from './trainingState.ts'
import type { Run, Training } from './types.ts'
import { initialValues } from './weights.ts'

/** `fit`, which calls.ts documents. */
export async function fit(gpu: Gpu, model: Sequential, dataset: Dataset, options: FitOptions): Promise<Run> {
  const given = settingsOf(options)
  checkFit(model.inputShape, model.outputShape, dataset)
  const { train, validation } = divide(dataset, given)
  if (validation !== undefined) checkFit(model.inputShape, model.outputShape, validation)
  const settings = { ...given, batchSize: Math.min(given.batchSize, train.count) }
  const identity: Identity = { ...settings, model, examples: train.count }
  const clock = new CheckpointClock(settings.checkpoint ?? {}, settings.resume)
  return await recovering(gpu, settings.reopen, (device, progressed) => {
    const onReport: FitOptions['onReport'] = (report) => {
      progressed()
      return settings.onReport?.(report)
    }
    return fitOn(device, { train, validation, settings: { ...settings, onReport }, identity, clock })
  })
}

/** A run, but for the device. */
interface Job {
  readonly train: Dataset
  readonly validation: Dataset | undefined
  readonly settings: Settings
  readonly identity: Identity
  readonly clock: CheckpointClock
}

async function fitOn(gpu: Gpu, job: Job): Promise<Run> {
  const { train, validation, settings, identity, clock } = job
  const { loss, optimizer, batchSize, weights, resume, reopen } = settings
  // Before so many numbers are drawn.
  checkArena(gpu, identity.model)
  // All that the run may need until its weights are saved: a page that was deployed anew meanwhile has it no more.
  const [graph, reading] = await Promise.all([
    optionsFor(gpu, settings),
    (weights ?? resume ?? reopen) && import('./resume.ts'),
    // The next device may be of another kind.
    reopen && allVariantSets(),
  ])
  const start = startOf(job, reading)
  const state = new TrainingState(gpu, identity.model, loss, optimizer, start.values)
  const memory = new Memory(gpu)
  try {
    const trainer = await createTrainer(memory, { state, dataset: train, batchSize, graph })
    const training: TrainingState & Training = Object.assign(state, described(trainer.plan))
    const evaluator =
      validation &&
      (await createEvaluator(memory, state, validation, {
        planOf: (step) => planValidation({ ...step, optimizer }, graph),
        batchSize,
      }))
    settings.onStart?.(training)
    const loop = new Loop(gpu, trainer, train, settings, start.host)
    const checkpoint = (): Promise<Uint8Array<ArrayBuffer>> => writeCheckpoint(state, start.host, identity)
    const isTaking = settings.checkpoint !== undefined || settings.reopen !== undefined
    await loop.run(evaluator, isTaking ? clock.taker(start.host.losses.length, checkpoint) : undefined)
    return Object.assign(training, loop.record(), { checkpoint })
  } catch (error) {
    state.dispose()
    throw error
  } finally {
    memory.dispose()
  }
}

/** @param reading where there are bytes to begin from */
function startOf({ identity, settings, clock }: Job, reading: typeof resume | undefined): resume.Start {
  const { model, examples } = identity
  const { weights, seed, epochs, batchSize } = settings
  const bytes = clock.latest ?? weights
  if (bytes === undefined) return beginning(initialValues(model, seed))
  if (reading === undefined) throw new RangeError('what reads bytes is there before there are any')
  if (clock.latest === undefined) return beginning(reading.readWeights(bytes, model))
  const start = reading.readCheckpoint(bytes, identity)
  const steps = start.host.losses.length
  const most = epochs * Math.ceil(examples / batchSize)
  if (steps <= most) return start
  throw new OptionError(
    `fit: epochs is ${epochs}, which is ${most} steps, but the checkpoint to resume from has done ${steps}; ask for more epochs`,
  )
}

function beginning(parameters: Values): resume.Start {
  return { values: { parameters, optimizerState: {} }, host: newHostState() }
}

function described(plan: Plan): Pick<Training, 'plan' | 'variants' | 'dispatches'> {
  return {
    plan: formatPlan(plan),
    variants: variantsIn(plan),
    dispatches: plan.dispatches.map(plannedDispatch),
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
