/** What `fit` is told, with its defaults and checks. */
import type { Dataset } from '../data/dataset.ts'
import { OptionError } from '../errors.ts'
import type { VariantNames } from '../graph/value.ts'
import type { Optimizer } from '../nn/optimizers.ts'
import type { Loss } from '../ops/losses.ts'
import { type LossName, isLoss } from './graphs.ts'
import type { EpochReport, StepReport } from './types.ts'

export interface FitOptions {
  /**
   * What the run minimises: softmaxCrossEntropy takes logits and classes, meanSquaredError any numbers; or a loss of your
   * own, made by `defineLoss`.
   */
  readonly loss: LossName | Loss
  /** `adam()` or `sgd()`; it has the learning rate. */
  readonly optimizer: Optimizer
  /** Examples of a step; the last step of an epoch takes what is left. Default 128. */
  readonly batchSize?: number
  /** Default 5. */
  readonly epochs?: number
  /** A dataset, or the share of the training set to keep back (chosen by the seed), evaluated after each epoch. */
  readonly validation?: Dataset | number
  /** Fixes initial weights, split and shuffles. Default 1. */
  readonly seed?: number
  /** Bytes of a weights file to begin from, instead of the seed's initial weights. */
  readonly weights?: Uint8Array
  /** Ends the run early; `fit` then resolves with the weights after the last step submitted. */
  readonly signal?: AbortSignal
  /** Told about every 0.2 s, one interval behind the device. */
  readonly onReport?: (report: StepReport) => void
  /** Told after each epoch. */
  readonly onEpoch?: (report: EpochReport) => void
  /** Told the plan of a training step as a table, and which variants run: as `variants`, they give the same bits. */
  readonly onPlan?: (plan: string, variants: VariantNames) => void
  /** False runs every op as a dispatch of its own: slower, for debugging. Default true. */
  readonly fuse?: boolean
  /**
   * Kernels to use, by the name of an op (`{ matmul: 'matmul_tile' }`) or of a dispatch, as `onPlan` names it.
   * Default: by `choices`, else by the class of the adapter.
   */
  readonly variants?: VariantNames
  /** The choices of `tune`, for the dispatches that it has timed. Default none. */
  readonly choices?: VariantNames
}

export const defaultBatchSize = 128

/** Options with the defaults filled in. */
export type Settings = FitOptions & Required<Pick<FitOptions, 'batchSize' | 'epochs' | 'seed'>>

/** Fills in the defaults. Throws OptionError where an option is out of range. */
export function settingsOf(options: FitOptions): Settings {
  const settings = {
    ...options,
    batchSize: options.batchSize ?? defaultBatchSize,
    epochs: options.epochs ?? 5,
    seed: options.seed ?? 1,
  }
  checkSettings(settings)
  return settings
}

function checkSettings({ loss, optimizer, batchSize, epochs, seed }: Settings): void {
  if (!isLoss(loss)) {
    throw new OptionError(
      `fit: loss is ${JSON.stringify(loss)}; it must be 'softmaxCrossEntropy', 'meanSquaredError' or what defineLoss made`,
    )
  }
  // From JavaScript nobody checks the type.
  if (typeof (optimizer as Partial<Optimizer> | undefined)?.update !== 'function') {
    throw new OptionError(
      `fit: optimizer is ${JSON.stringify(optimizer)}; pass adam() or sgd({ learningRate })`,
    )
  }
  checkCount('batchSize', batchSize)
  checkCount('epochs', epochs)
  if (!Number.isSafeInteger(seed)) throw new OptionError(`fit: seed is ${seed}; it must be a whole number`)
}

function checkCount(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new OptionError(`fit: ${name} is ${value}; it must be a whole number from 1 up`)
  }
}
