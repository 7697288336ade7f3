/** How a training ends before its time: told to stop, with a loss that is no number, or before it began. */
import { describe, expect, it } from 'vitest'
import { type Dataset, dataset } from '../../src/data/dataset.ts'
import { OptionError, ShapeError, TrainingError, WeightsError } from '../../src/errors.ts'
import { readSafetensors } from '../../src/io/readSafetensors.ts'
import { dense, relu } from '../../src/nn/layers.ts'
import { sequential } from '../../src/nn/model.ts'
import { adam, sgd } from '../../src/nn/optimizers.ts'
import { createRandom } from '../../src/random.ts'
import { evaluate } from '../../src/train/evaluate.ts'
import { fit } from '../../src/train/fit.ts'
import type { FitOptions } from '../../src/train/options.ts'
import type { LossName } from '../../src/train/lossNames.ts'
import { initialValues } from '../../src/train/weights.ts'
import { hostFit } from '../reference/support/training.ts'
import { expectClose } from '../../src/testing/compare.ts'
import { openTestDevice } from './support/gpu.ts'

const gpu = await openTestDevice()
const model = sequential([5], [dense(8), relu(), dense(3)])
const examples = makeExamples(400, (x) => x)
const options: FitOptions = { loss: 'softmaxCrossEntropy', optimizer: adam(), batchSize: 8, epochs: 4 }
const totalSteps = 200

function makeExamples(count: number, scale: (x: number) => number): Dataset {
  const random = createRandom(1, 'examples')
  return dataset({
    features: Float32Array.from({ length: count * 5 }, () => scale(random.normal())),
    targets: Uint8Array.from({ length: count }, () => Math.floor(3 * random.uniform())),
    classes: 3,
  })
}

describe('a signal', () => {
  it('ends the run early, with the weights after the last step that is reported', async () => {
    const stop = new AbortController()
    const epochs: number[] = []
    const run = await fit(gpu, model, examples, {
      ...options,
      signal: stop.signal,
      onReport: () => {
        stop.abort()
      },
      onEpoch: ({ epoch }) => void epochs.push(epoch),
    })

    const steps = run.losses.length
    expect(run.stopped).toBe(true)
    expect(steps).toBeGreaterThan(0)
    expect(steps).toBeLessThan(totalSteps)
    expect(run.history.map(({ epoch }) => epoch)).toEqual(epochs)
    expect(epochs.length).toBe(Math.floor(steps / 50))
    expect(run.samplesPerSecond).toBeGreaterThan(0)
    const { losses, parameters } = hostFit(model, examples, {
      loss: 'softmaxCrossEntropy',
      optimizer: { name: 'adam', beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
      learningRate: () => 1e-3,
      batchSize: 8,
      steps,
      seed: 1,
      initial: initialValues(model, 1),
    })
    expectClose(run.losses, Float64Array.from(losses), { tolerance: 1e-5, label: 'losses' })
    for (const [name, { data }] of readSafetensors(await run.weights()).tensors)
      expectClose(data, parameters.get(name)!, { tolerance: 1e-5, label: name })
    expect((await evaluate(run, examples)).count).toBe(400)
    run.dispose()
  })

  it('that comes with the last report of an epoch lets the epoch be told', async () => {
    const stop = new AbortController()
    const run = await fit(gpu, model, examples, {
      ...options,
      signal: stop.signal,
      onReport: ({ step }) => {
        if (step === totalSteps / 2) stop.abort()
      },
    })
    run.dispose()

    expect(run.stopped).toBe(true)
    expect(run.losses.length).toBe(totalSteps / 2)
    expect(run.history.map(({ epoch }) => epoch)).toEqual([1, 2])
  })

  it('given before the start ends the run with the initial weights', async () => {
    const told: unknown[] = []
    const run = await fit(gpu, model, examples, {
      ...options,
      signal: AbortSignal.abort(),
      onReport: (report) => void told.push(report),
      onEpoch: (report) => void told.push(report),
    })

    expect(run).toMatchObject({ stopped: true, history: [], samplesPerSecond: 0 })
    expect([run.losses.length, told.length]).toEqual([0, 0])
    const initial = initialValues(model, 1)
    for (const [name, { data }] of readSafetensors(await run.weights()).tensors)
      expect(data, name).toEqual(initial.get(name))
    run.dispose()
  })

  it('that comes after the last step stops nothing', async () => {
    const stop = new AbortController()
    const run = await fit(gpu, model, examples, {
      ...options,
      signal: stop.signal,
      onEpoch: ({ epoch, epochs }) => {
        if (epoch === epochs) stop.abort()
      },
    })
    run.dispose()

    expect(run.stopped).toBe(false)
    expect([run.losses.length, run.history.length]).toEqual([totalSteps, 4])
  })
})

describe('a loss that is not finite', () => {
  it('names the step, the epoch and the learning rate where the rate is too high', async () => {
    const told: number[] = []
    const failure = await failureOf({
      ...options,
      optimizer: sgd({ learningRate: 1e6 }),
      onReport: ({ losses }) => void told.push(...losses),
    })

    expect(failure).toBeInstanceOf(TrainingError)
    expect(failure.message).toMatch(
      /^the loss of step \d+ \(epoch 1\) is (NaN|Infinity); the likely cause is a learning rate that is too high \(1000000\); try a tenth of it$/,
    )
    expect(told.every(Number.isFinite)).toBe(true)
  })

  it('names the features where it is not finite from the start', async () => {
    const huge = makeExamples(16, (x) => x * 1e38)
    const failure = await failureOf(options, huge)

    expect(failure).toBeInstanceOf(TrainingError)
    expect(failure.message).toMatch(
      /^the loss of step 1 \(epoch 1\) is (NaN|Infinity); no update has been made yet, so the features, targets or initial weights are too large$/,
    )
  })

  it('leaves the device fit for the next training', async () => {
    const run = await fit(gpu, model, examples, { ...options, epochs: 1 })
    run.dispose()
    expect(run.losses.every(Number.isFinite)).toBe(true)
  })
})

describe('what cannot be trained is refused before anything runs', () => {
  it.each<[Partial<FitOptions>, string]>([
    [{ batchSize: 0 }, 'fit: batchSize is 0; it must be a whole number from 1 up'],
    [{ batchSize: 2.5 }, 'fit: batchSize is 2.5; it must be a whole number from 1 up'],
    [{ epochs: 0 }, 'fit: epochs is 0; it must be a whole number from 1 up'],
    [{ seed: 0.5 }, 'fit: seed is 0.5; it must be a whole number'],
    [{ validation: 1 }, 'fraction is 1, expected between 0 and 1'],
    [{ validation: 0.001 }, 'fraction 0.001 of 400 examples leaves none for validation'],
    [
      { loss: 'hinge' as LossName },
      "fit: loss is \"hinge\"; it must be 'softmaxCrossEntropy', 'meanSquaredError' or what defineLoss made",
    ],
    [
      { optimizer: 'adam' as unknown as FitOptions['optimizer'] },
      'fit: optimizer is "adam"; pass adam() or sgd({ learningRate })',
    ],
    [
      { optimizer: adam({ learningRate: () => NaN }) },
      'fit: the schedule gave NaN for step 0; a learning rate is a number from 0 up',
    ],
  ])('%o', async (option, message) => {
    const failure = await failureOf({ ...options, ...option })
    expect(failure).toBeInstanceOf(OptionError)
    expect(failure.message).toBe(message)
  })

  it('examples of another shape than the model takes', async () => {
    const wide = dataset({ features: new Float32Array(12), featureShape: [2, 3], targets: new Uint8Array(2) })
    const failure = await failureOf(options, wide)
    expect(failure).toBeInstanceOf(ShapeError)
    expect(failure.message).toBe('the model takes [5] but an example of the dataset is [2, 3]')
  })

  it('more classes than the model gives, in the training set or in the validation set', async () => {
    const four = dataset({ features: new Float32Array(20), targets: new Uint8Array([0, 1, 2, 3]) })
    for (const failure of [
      await failureOf(options, four),
      await failureOf({ ...options, validation: four }),
    ]) {
      expect(failure).toBeInstanceOf(ShapeError)
      expect(failure.message).toBe('the model gives [3] but the dataset has 4 classes or target columns')
    }
  })

  it('weights of another model', async () => {
    const other = sequential([5], [dense(4), relu(), dense(3)])
    const run = await fit(gpu, other, examples, { ...options, signal: AbortSignal.abort() })
    const failure = await failureOf({ ...options, weights: await run.weights() })
    run.dispose()
    expect(failure).toBeInstanceOf(WeightsError)
    expect(failure.message).toBe('weights: "dense_1.weight" is [5, 4], the model wants [5, 8]')
  })
})

async function failureOf(options: FitOptions, set = examples): Promise<Error> {
  const outcome: unknown = await fit(gpu, model, set, options).catch((error: unknown) => error)
  if (outcome instanceof Error) return outcome
  throw new Error('the training succeeded')
}
