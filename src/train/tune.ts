/**
 * The tuner: which variant of a kernel is the fastest for each dispatch of a training step, measured on the device
 * within a budget. Only a variant that computes what the op's reference computes is admitted. Nothing calls it on the
 * way to a first step: a command does, or a program that is idle, and `fit` takes what it found.
 */
import type { Dataset } from '../data/dataset.ts'
import type { Gpu } from '../gpu/device.ts'
import type { Dispatch, Plan } from '../graph/plan.ts'
import type { VariantNames } from '../graph/value.ts'
import type { VariantChoice } from '../graph/variant.ts'
import type { Sequential } from '../nn/model.ts'
import { allVariantSets } from '../ops/variants/load.ts'
import { type VariantTrial, compete } from './compete.ts'
import { checkFit } from './evaluate.ts'
import { type FitOptions, defaultBatchSize } from './options.ts'
import { optionsFor, planTraining } from './graphs.ts'
import { batchOf } from './resident.ts'

/** What `tune` found for a dispatch. */
export interface TunedDispatch {
  /** Name of the dispatch: what it does and its sizes. */
  readonly key: string
  /** The variant that runs without a tuner. */
  readonly standard: string
  /** The fastest; the standard where the budget was spent before a comparison. */
  readonly chosen: string
  /** In the order in which they were tried; empty where the budget was spent before. */
  readonly trials: readonly VariantTrial[]
}

/** What a tuning found: plain data, fit for JSON. */
export interface Tuning {
  /** For `fit`, and for a cache: the variant of each dispatch that was decided. */
  readonly choices: VariantNames
  /** Those with the most arithmetic first. */
  readonly dispatches: readonly TunedDispatch[]
  /** Time taken, compilation included. */
  readonly seconds: number
  readonly compileSeconds: number
}

/** What `tune` tunes, and for how long. */
export interface TuneOptions {
  /** Budget, compilation included: what would begin after it does not. Default 2. */
  readonly seconds?: number
  /** Told after each dispatch. */
  readonly onProgress?: (dispatch: TunedDispatch) => void
}

/** `tune`, which calls.ts documents. */
export async function tune(
  gpu: Gpu,
  model: Sequential,
  dataset: Dataset,
  options: Pick<FitOptions, 'loss' | 'optimizer' | 'batchSize'> & TuneOptions,
): Promise<Tuning> {
  const { loss, optimizer, batchSize = defaultBatchSize } = options
  checkFit(model.inputShape, model.outputShape, dataset)
  const batch = batchOf(dataset, Math.min(batchSize, dataset.count))
  const step = { model, loss, optimizer, batch, metricsRows: 1 }
  const graph = { ...(await optionsFor(gpu)), variantSets: await allVariantSets() }
  return await tunePlan(gpu, (choices) => planTraining(step, { ...graph, choices }), options)
}

/** Tunes the dispatches of a plan, given the way to make it with other choices. Throws DeviceError as `tune` does. */
export async function tunePlan(
  gpu: Gpu,
  plan: (choices: VariantNames) => Plan,
  { seconds = 2, onProgress }: TuneOptions = {},
): Promise<Tuning> {
  const begin = performance.now()
  const elapsed = (): number => (performance.now() - begin) / 1000
  const isSpent = (): boolean => elapsed() >= seconds
  const dispatches: TunedDispatch[] = []
  const decided: [string, string][] = []
  for (const choice of choicesIn(plan({}))) {
    const dispatchOf = (variant: string): Dispatch => dispatchIn(plan({ [choice.key]: variant }), choice.key)
    const { chosen, trials } = await compete(gpu, choice, dispatchOf, isSpent)
    const tuned = { key: choice.key, standard: choice.variant, chosen: chosen ?? choice.variant, trials }
    if (chosen !== undefined) decided.push([choice.key, chosen])
    dispatches.push(tuned)
    onProgress?.(tuned)
  }
  const trials = dispatches.flatMap((dispatch) => dispatch.trials)
  return {
    choices: Object.fromEntries(decided),
    dispatches,
    seconds: elapsed(),
    compileSeconds: trials.reduce((sum, { compileSeconds }) => sum + compileSeconds, 0),
  }
}

/** Each dispatch that has a choice, once, the most arithmetic first: there a better variant saves most. */
function choicesIn({ dispatches }: Plan): VariantChoice[] {
  const byFlops = dispatches.toSorted((a, b) => b.flops - a.flops)
  const choices = byFlops.flatMap(({ choice }) =>
    choice !== undefined && choice.admitted.length > 1 ? choice : [],
  )
  return [...new Map(choices.map((choice) => [choice.key, choice])).values()]
}

function dispatchIn({ dispatches }: Plan, key: string): Dispatch {
  const found = dispatches.find(({ choice }) => choice?.key === key)
  if (found === undefined) throw new RangeError(`a variant changes the plan: ${key} is gone`)
  return found
}
