/** What a training tells on its way: every step once and in order, every epoch, and the validation. */
import { describe, expect, it } from 'vitest'
import { split, take } from '../../src/data/split.ts'
import { dense, relu } from '../../src/nn/layers.ts'
import { sequential } from '../../src/nn/model.ts'
import { adam } from '../../src/nn/optimizers.ts'
import { cosineDecay } from '../../src/nn/schedules.ts'
import { loadMnist } from '../../src/node/mnist.ts'
import { evaluate } from '../../src/train/evaluate.ts'
import { fit } from '../../src/train/fit.ts'
import type { FitOptions } from '../../src/train/options.ts'
import type { EpochReport, StepReport } from '../../src/train/types.ts'
import { openTestDevice } from './support/gpu.ts'

const gpu = await openTestDevice()
const mnist = await loadMnist()
const model = sequential([784], [dense(16), relu(), dense(10)])
const examples = take(mnist.train, 1000)
const options: FitOptions = {
  loss: 'softmaxCrossEntropy',
  optimizer: adam(),
  batchSize: 32,
  epochs: 3,
}
const stepsPerEpoch = 32
/** The last step of an epoch has the eight examples that are left. */
const sizeOf = (step: number): number => (step % stepsPerEpoch === stepsPerEpoch - 1 ? 8 : 32)

function meanLoss(losses: Float32Array, from: number, to: number): number {
  let [sum, count] = [0, 0]
  for (let step = from; step < to; step++) {
    sum += losses[step]! * sizeOf(step)
    count += sizeOf(step)
  }
  return sum / count
}

describe('onReport', () => {
  it('tells the loss of every step once and in order', async () => {
    const reports: StepReport[] = []
    const run = await fit(gpu, model, examples, {
      ...options,
      onReport: (report) => void reports.push(report),
    })
    run.dispose()

    expect(run.losses.length).toBe(3 * stepsPerEpoch)
    expect(reports.flatMap(({ losses }) => [...losses])).toEqual([...run.losses])
    let before = 0
    for (const { step, totalSteps, epoch, epochs, loss, losses, accuracy, ...speed } of reports) {
      expect(step).toBe(before + losses.length)
      expect(epoch).toBe(Math.ceil(step / stepsPerEpoch))
      expect(before).toBeGreaterThanOrEqual((epoch - 1) * stepsPerEpoch)
      expect([totalSteps, epochs]).toEqual([3 * stepsPerEpoch, 3])
      expect(loss).toBeCloseTo(meanLoss(run.losses, before, step), 5)
      expect(accuracy).toBeGreaterThanOrEqual(0)
      expect(accuracy).toBeLessThanOrEqual(1)
      expect(speed.samplesPerSecond).toBeGreaterThan(0)
      expect(speed.secondsLeft > 0).toBe(step < totalSteps)
      before = step
    }
  })
})

describe('onEpoch', () => {
  it('tells each epoch after its last step, and the run keeps what it told', async () => {
    const epochs: EpochReport[] = []
    const told: string[] = []
    const learningRate = cosineDecay({ peak: 3e-3, end: 1e-4 })
    const run = await fit(gpu, model, examples, {
      ...options,
      optimizer: adam({ learningRate }),
      onReport: ({ step }) => void told.push(`step ${step}`),
      onEpoch: (report) => {
        epochs.push(report)
        told.push(`epoch ${report.epoch}`)
      },
    })
    run.dispose()

    expect(run.history).toEqual(epochs)
    expect(run.stopped).toBe(false)
    expect(epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3])
    for (const { epoch, ...report } of epochs) {
      const end = epoch * stepsPerEpoch
      expect(told.indexOf(`epoch ${epoch}`)).toBe(told.indexOf(`step ${end}`) + 1)
      expect(report.epochs).toBe(3)
      expect(report.loss).toBeCloseTo(meanLoss(run.losses, end - stepsPerEpoch, end), 5)
      expect(report.learningRate).toBe(learningRate({ step: end - 1, totalSteps: 3 * stepsPerEpoch }))
      expect(report.samplesPerSecond).toBeCloseTo(1000 / report.seconds, 5)
      expect(report).not.toHaveProperty('validation')
    }
    const seconds = epochs.reduce((sum, epoch) => sum + epoch.seconds, 0)
    expect(run.samplesPerSecond).toBeCloseTo(3000 / seconds, 5)
  })
})

describe('validation', () => {
  const parts = split(examples, { fraction: 0.25, seed: 9 })

  it('as a share keeps examples back: the rest is trained on as if it were the whole set', async () => {
    const share = await fit(gpu, model, examples, { ...options, seed: 9, validation: 0.25 })
    const sets = await fit(gpu, model, parts.train, { ...options, seed: 9, validation: parts.validation })

    expect(share.losses.length).toBe(3 * Math.ceil(750 / 32))
    expect(share.losses).toEqual(sets.losses)
    expect(await share.weights()).toEqual(await sets.weights())
    expect(share.history.map(({ validation }) => validation)).toEqual(
      sets.history.map(({ validation }) => validation),
    )
    share.dispose()
    sets.dispose()
  })

  it('is an evaluation of the weights after the epoch, and does not change the training', async () => {
    const { validation } = parts
    const run = await fit(gpu, model, parts.train, { ...options, validation })
    const alone = await fit(gpu, model, parts.train, options)

    const { loss, accuracy } = await evaluate(run, validation)
    // The step's kernel of the loss sums in another order than the evaluation's.
    expect(run.history.at(-1)?.validation).toEqual({ loss: expect.closeTo(loss, 6) as number, accuracy })
    expect(run.history.map((epoch) => epoch.validation?.loss)).not.toContain(undefined)
    expect(new Set(run.history.map((epoch) => epoch.validation?.loss)).size).toBe(3)
    expect(await run.weights()).toEqual(await alone.weights())
    run.dispose()
    alone.dispose()
  })
})
