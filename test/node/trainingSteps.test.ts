/** Every step of a training against float64, for each kind of layer, loss, optimiser, dataset and batch. */
import { describe, expect, it } from 'vitest'
import { type Dataset, dataset } from '../../src/data/dataset.ts'
import { take } from '../../src/data/split.ts'
import { readSafetensors } from '../../src/io/readSafetensors.ts'
import { type Layer, dense, gelu, relu, sigmoid, softmax, tanh } from '../../src/nn/layers.ts'
import { sequential } from '../../src/nn/model.ts'
import { type Optimizer, adam, sgd } from '../../src/nn/optimizers.ts'
import { cosineDecay } from '../../src/nn/schedules.ts'
import { loadMnist } from '../../src/node/mnist.ts'
import { createRandom } from '../../src/random.ts'
import { fit } from '../../src/train/fit.ts'
import type { LossName } from '../../src/train/lossNames.ts'
import { initialValues } from '../../src/train/weights.ts'
import { type HostFitOptions, hostFit } from '../reference/support/training.ts'
import { expectClose } from '../../src/testing/compare.ts'
import { openTestDevice } from './support/gpu.ts'

const gpu = await openTestDevice()
const mnist = await loadMnist()

const random = createRandom(7, 'examples')
const normals = (length: number): Float32Array => Float32Array.from({ length }, () => random.normal())
const labels = Uint8Array.from({ length: 23 }, () => Math.floor(random.uniform() * 3))
const soft = normals(69).map((_, i, all) => {
  const row = all.slice(i - (i % 3), i - (i % 3) + 3).map(Math.exp)
  return Math.exp(all[i]!) / row.reduce((sum, x) => sum + x, 0)
})

const numbers = normals(23 * 7)
const bytes = Uint8Array.from(numbers, (x) => Math.max(0, Math.min(255, 128 + 60 * x)))
const classified = dataset({ features: numbers, targets: labels, classes: 3 })
const regression = dataset({ features: numbers, featureShape: [7], targets: normals(23 * 3) })

interface Case {
  readonly layers?: readonly Layer[]
  readonly set?: Dataset
  readonly loss?: LossName
  readonly optimizer?: Optimizer
  readonly batchSize?: number
  readonly epochs?: number
}

const cases: Readonly<Record<string, Case>> = {
  'MNIST, 130 examples in batches of 128': {
    set: take(mnist.train, 130),
    layers: [dense(128), relu(), dense(10)],
    batchSize: 128,
  },
  'no hidden layer': { layers: [dense(3)] },
  'two hidden layers, 512 and 256': { layers: [dense(512), relu(), dense(256), relu(), dense(3)], epochs: 1 },
  'He initialisation': { layers: [dense(6, { initializer: 'heNormal' }), relu(), dense(3)] },
  tanh: { layers: [dense(6), tanh(), dense(3)] },
  sigmoid: { layers: [dense(6), sigmoid(), dense(3)] },
  gelu: { layers: [dense(6), gelu(), dense(3)] },
  'softmax as the last layer of a classifier': { layers: [dense(6), relu(), dense(3), softmax()] },
  'bytes, seven to an example': { set: dataset({ features: bytes, targets: labels, classes: 3 }) },
  'soft targets': { set: dataset({ features: numbers, featureShape: [7], targets: soft }) },
  'mean squared error of dense targets': { set: regression, loss: 'meanSquaredError' },
  'mean squared error of classes': { loss: 'meanSquaredError' },
  'mean squared error of probabilities': {
    layers: [dense(6), tanh(), dense(3), softmax()],
    loss: 'meanSquaredError',
  },
  'batches of one': { batchSize: 1, epochs: 1 },
  'a batch larger than the set': { batchSize: 64, epochs: 4 },
  sgd: { optimizer: sgd({ learningRate: 0.1 }) },
  'sgd with momentum': { optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }) },
  'adam with settings of its own': {
    optimizer: adam({ learningRate: 0.02, beta1: 0.8, beta2: 0.95, epsilon: 1e-3 }),
  },
  'cosine decay': {
    optimizer: adam({ learningRate: cosineDecay({ peak: 0.02, end: 0.001, warmup: 0.3 }) }),
  },
}

// f32 against float64 over these steps is off by 1e-7 on an adapter that computes exp exactly; WGSL admits some 1e-6.
const tolerance = 1e-5

describe.each(Object.entries(cases))('%s', (_, { layers, set = classified, ...rest }) => {
  const { loss = 'softmaxCrossEntropy', optimizer = adam(), batchSize = 8, epochs = 2 } = rest
  const model = sequential([set.features.length / set.count], layers ?? [dense(6), relu(), dense(3)])
  const stepsPerEpoch = Math.ceil(set.count / batchSize)
  const totalSteps = epochs * stepsPerEpoch
  const { learningRate } = optimizer
  const expected = hostFit(model, set, {
    loss,
    optimizer: { name: optimizer.name, ...optimizer.config } as HostFitOptions['optimizer'],
    learningRate: (step) =>
      typeof learningRate === 'number' ? learningRate : learningRate({ step, totalSteps }),
    batchSize,
    steps: totalSteps,
    seed: 3,
    initial: initialValues(model, 3),
  })

  it.each([true, false])('agrees with float64 step by step, fuse %s', async (fuse) => {
    const run = await fit(gpu, model, set, { loss, optimizer, batchSize, epochs, seed: 3, fuse })

    expectClose(run.losses, Float64Array.from(expected.losses), { tolerance, label: 'losses' })
    const { tensors } = readSafetensors(await run.weights())
    run.dispose()
    expect([...tensors.keys()].sort()).toEqual([...expected.parameters.keys()].sort())
    for (const [name, values] of expected.parameters) {
      expectClose(tensors.get(name)!.data, values, { tolerance, label: name })
    }
    const isRegression = loss === 'meanSquaredError' && set.targets instanceof Float32Array
    expect(run.history.map(({ accuracy }) => accuracy)).toEqual(
      Array.from({ length: epochs }, (_, epoch) => {
        const correct = expected.correct.slice(epoch * stepsPerEpoch, (epoch + 1) * stepsPerEpoch)
        return isRegression ? null : correct.reduce((sum, right) => sum + right, 0) / set.count
      }),
    )
  })
})
