/** What `fit` is told, with its defaults and checks. */
import type { Dataset } from '../data/dataset.ts'
import { OptionError } from '../errors.ts'
import type { Gpu } from '../gpu/device.ts'
import type { VariantNames } from '../graph/value.ts'
import type { Optimizer } from '../nn/optimizers.ts'
import type { Loss } from '../ops/losses.ts'
import { type LossName, isLoss } from './lossNames.ts'
import type { EpochReport, StepReport, Training } from './types.ts'

/** What `fit` trains with. */
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
  /** Told before the first step, once for each device: again where `reopen` gave another. */
  readonly onStart?: (training: Training) => void
  /**
   * Told about every 0.2 s, one interval behind the device. A promise that it returns is awaited before more steps are
   * submitted: a pause, which does not count as training time. `signal` ends a pause only through that promise. After
   * a recovery the steps since the last checkpoint are told again.
   */
  readonly onReport?: (report: StepReport) => void | Promise<void>
  /** Told after each epoch; a promise is awaited as that of `onReport`. */
  readonly onEpoch?: (report: EpochReport) => void | Promise<void>
  /** Takes checkpoints on the way. Default: none is taken, but for `reopen`. */
  readonly checkpoint?: CheckpointOptions
  /**
   * Bytes of a checkpoint to go on from, in place of `weights`. Model, loss, optimizer, batch size, seed and number of
   * examples must be its own; with the same learning rate the weights are those of a run without interruption, bit for
   * bit. `epochs` counts from the first start, and may differ.
   */
  readonly resume?: Uint8Array
  /**
   * Opens another device where the one at hand is lost. The run then goes on there from its last checkpoint, kept on
   * the host, or from its start. Like the first device it is yours to dispose of. Default: a loss ends the run.
   */
  readonly reopen?: () => Promise<Gpu>
  /** False runs every op as a dispatch of its own: slower, for debugging. Default true. */
  readonly fuse?: boolean
  /**
   * Kernels to use, by the name of an op (`{ matmul: 'matmul_tile' }`) or of a dispatch, as `Training` names it.
   * Default: by `choices`, else by the class of the adapter.
   */
  readonly variants?: VariantNames
  /** The choices of `tune`, for the dispatches that it has timed. Default none. */
  readonly choices?: VariantNames
}

/** When `fit` takes checkpoints, and who keeps them. */
export interface CheckpointOptions {
  /** From one to the next, in seconds; they lie between reports. Default 10. */
  readonly seconds?: number
  /** Told the bytes of each, a safetensors file that `resume` and `loadModel` take; a promise is awaited. */
  readonly save?: (bytes: Uint8Array<ArrayBuffer>) => void | Promise<void>
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

function checkSettings(settings: Settings): void {
  const { loss, optimizer, batchSize, epochs, seed, checkpoint } = settings
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
  if (!((checkpoint?.seconds ?? 0) >= 0)) {
    throw new OptionError(`fit: checkpoint.seconds is ${checkpoint?.seconds}; it must be 0 or more`)
  }
  if (settings.resume !== undefined && settings.weights !== undefined) {
    throw new OptionError(
      'fit: resume and weights are both given; a checkpoint has weights of its own, leave weights out',
    )
  }
}

function checkCount(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new OptionError(`fit: ${name} is ${value}; it must be a whole number from 1 up`)
  }
}
