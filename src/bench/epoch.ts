/** End to end: epochs of MNIST as a user trains it, shuffles, reports and readbacks included. */
import type { Mnist } from '../data/mnist.ts'
import type { Gpu } from '../gpu/device.ts'
import { dense, relu } from '../nn/layers.ts'
import { sequential } from '../nn/model.ts'
import { adam } from '../nn/optimizers.ts'
import { evaluate } from '../train/evaluate.ts'
import { fit } from '../train/fit.ts'
import type { EpochReport } from '../train/types.ts'
import type { Check } from './check.ts'
import { type MeasureOptions, type Sample, minSamples } from './measure.ts'
import { batchSize } from './work.ts'

export const epochName = 'epochs/784-128-10'

export interface Epochs {
  readonly samples: readonly Sample[]
  /** Training examples of an epoch. */
  readonly examples: number
  readonly check: Check
}

/** Trains 784-128-10; the first epoch warms up, each of the others is a sample. */
export async function measureEpochs(
  gpu: Gpu,
  { train, test }: Mnist,
  { minSeconds }: MeasureOptions,
): Promise<Epochs> {
  const controller = new AbortController()
  const seconds: number[] = []
  const onEpoch = (report: EpochReport): void => {
    if (report.epoch > 1) seconds.push(report.seconds)
    const total = seconds.reduce((sum, one) => sum + one, 0)
    if (seconds.length >= minSamples && total >= minSeconds) controller.abort()
  }
  const run = await fit(gpu, sequential([784], [dense(128), relu(), dense(10)]), train, {
    loss: 'softmaxCrossEntropy',
    optimizer: adam(),
    batchSize,
    epochs: Number.MAX_SAFE_INTEGER,
    signal: controller.signal,
    onEpoch,
  })
  const { accuracy } = await evaluate(run, test)
  run.dispose()
  const error = 1 - (accuracy ?? 0)
  return {
    samples: seconds.map((wallSeconds) => ({
      repetitions: 1,
      wallSeconds,
      hostSeconds: null,
      gpuSeconds: null,
    })),
    examples: train.count,
    check: { ok: error <= tolerance, against: 'the test set', error, tolerance },
  }
}

/** Share of wrong answers; 2.3 % after eleven epochs as a rule. */
const tolerance = 0.05
