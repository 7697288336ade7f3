/** Evaluation and prediction against float64, for counts around the size of their batches. */
import { afterAll, describe, expect, it } from 'vitest'
import { type Dataset, dataset } from '../../src/data/dataset.ts'
import { oneHot } from '../../src/data/preprocess.ts'
import { take } from '../../src/data/split.ts'
import { DataError, ShapeError } from '../../src/errors.ts'
import { readSafetensors } from '../../src/io/readSafetensors.ts'
import { dense, relu, softmax } from '../../src/nn/layers.ts'
import { sequential } from '../../src/nn/model.ts'
import { adam } from '../../src/nn/optimizers.ts'
import { loadMnist } from '../../src/node/mnist.ts'
import { evaluate } from '../../src/train/evaluate.ts'
import { fit } from '../../src/train/fit.ts'
import { predict } from '../../src/train/predict.ts'
import { Weights } from '../../src/train/weights.ts'
import { argmax } from '../reference/argmax.ts'
import { confusion } from '../reference/confusion.ts'
import { softmax as hostSoftmax } from '../reference/softmax.ts'
import { hostBatch, hostForward, hostLoss, hostParameters } from '../reference/support/training.ts'
import { expectClose } from '../../src/testing/compare.ts'
import { openTestDevice } from './support/gpu.ts'

const gpu = await openTestDevice()
const mnist = await loadMnist()

// Half trained, so that its answers are of every kind.
const model = sequential([784], [dense(16), relu(), dense(10)])
const run = await fit(gpu, model, take(mnist.train, 1000), {
  loss: 'softmaxCrossEntropy',
  optimizer: adam(),
  epochs: 2,
})
afterAll(() => {
  run.dispose()
})
const { tensors } = readSafetensors(await run.weights())
const parameters = hostParameters(new Map([...tensors].map(([name, { data }]) => [name, data])))
const tolerance = 1e-5

describe('evaluate', () => {
  it.each([1, 3, 127, 500, 501])('counts each of %i examples once', async (count) => {
    const examples = take(mnist.test, count)
    const host = hostBatch(examples)
    const expected = hostLoss(model, 'softmaxCrossEntropy', parameters, host)

    const evaluation = await evaluate(run, examples)

    expect(evaluation.count).toBe(count)
    expectClose(Float32Array.of(evaluation.loss), Float64Array.of(expected.loss / count), {
      tolerance,
      label: 'loss',
    })
    expect(evaluation.accuracy).toBe(expected.correct / count)
    const counts = confusion({ outputs: expected.output, ...host, M: count, N: 10, count })
    expect(evaluation.confusion?.flat()).toEqual([...counts])
    expect(evaluation.confusion?.flat().reduce((sum, cell) => sum + cell, 0)).toBe(count)
    expect(evaluation.perClass?.map(({ support }) => support)).toEqual(
      Array.from(
        { length: 10 },
        (_, label) => [...examples.targets].filter((target) => target === label).length,
      ),
    )
  })

  it('tells the precision, recall and F1 of each class', async () => {
    // A model without parameters: what an example holds is its logits.
    using identity = asDisposable(
      new Weights(gpu, sequential([4], [softmax()]), 'softmaxCrossEntropy', new Map()),
    )
    const truth = Uint8Array.of(0, 0, 0, 0, 1, 1, 1, 2)
    const answers = Uint8Array.of(0, 0, 0, 1, 1, 1, 3, 1)
    const examples = dataset({ features: oneHot(answers, 4), targets: truth, classes: 4 })

    const { accuracy, confusion: cells, perClass } = await evaluate(identity.value, examples)

    expect(accuracy).toBe(5 / 8)
    expect(cells).toEqual([
      [3, 1, 0, 0],
      [0, 2, 0, 1],
      [0, 1, 0, 0],
      [0, 0, 0, 0],
    ])
    expect(perClass).toEqual([
      { label: 0, precision: 1, recall: 3 / 4, f1: 6 / 7, support: 4 },
      { label: 1, precision: 1 / 2, recall: 2 / 3, f1: expect.closeTo(4 / 7, 12) as number, support: 3 },
      { label: 2, precision: 0, recall: 0, f1: 0, support: 1 },
      { label: 3, precision: 0, recall: 0, f1: 0, support: 0 },
    ])
  })

  it('counts no classes where the targets are not classes', async () => {
    const regression: Dataset = dataset({
      features: Float32Array.of(1, 2, 3, 4),
      featureShape: [2],
      targets: Float32Array.of(1, 0, 3, 8),
    })
    using identity = asDisposable(new Weights(gpu, sequential([2], [relu()]), 'meanSquaredError', new Map()))

    expect(await evaluate(identity.value, regression)).toEqual({
      count: 2,
      loss: (4 / 2 + 16 / 2) / 2,
      accuracy: null,
      confusion: null,
      perClass: null,
    })
  })

  it('begins at zero each time, the counts of classes too', async () => {
    const few = take(mnist.test, 60)
    const first = await evaluate(run, few)
    expect(await evaluate(run, few)).toEqual(first)
  })

  it('refuses examples of another shape', async () => {
    const wrong = dataset({ features: new Float32Array(6), targets: new Uint8Array(2), classes: 10 })
    await expect(evaluate(run, wrong)).rejects.toThrow(
      new ShapeError('the model takes [784] but an example of the dataset is [3]'),
    )
  })
})

describe('predict', () => {
  it.each([1, 499, 500, 501, 1000])('answers %i examples', async (count) => {
    const { features } = take(mnist.test, count)
    const { x } = hostBatch(take(mnist.test, count))
    const logits = hostForward(model, parameters, { x, rows: count }).at(-1)!

    const { outputs, classes } = await predict(run, features)

    const probabilities = hostSoftmax({ logits, M: count, N: 10 })
    expectClose(outputs, probabilities, { tolerance, label: 'probabilities', columns: 10 })
    expect(classes).toEqual(argmax({ input: logits, M: count, N: 10 }))
  })

  it('gives f32 features between 0 and 1 the same answers as their bytes', async () => {
    const { features } = take(mnist.test, 20)
    const fromBytes = await predict(run, features)
    const fromNumbers = await predict(
      run,
      Float32Array.from(features, (byte) => byte / 255),
    )
    expectClose(fromNumbers.outputs, Float64Array.from(fromBytes.outputs), { tolerance, label: 'outputs' })
  })

  it('gives the outputs as they are where the loss is no classifier’s, and the first of equal classes', async () => {
    using identity = asDisposable(new Weights(gpu, sequential([3], [relu()]), 'meanSquaredError', new Map()))
    const { outputs, classes } = await predict(identity.value, Float32Array.of(2, 7, 7, 5, 0.5, -1))

    expect([...outputs]).toEqual([2, 7, 7, 5, 0.5, 0])
    expect([...classes]).toEqual([1, 0])
  })

  it.each([0, 783, 785])('refuses %i features, which are no whole examples', async (length) => {
    await expect(predict(run, new Uint8Array(length))).rejects.toThrow(
      new DataError(`predict: ${length} features are no whole number of examples; one has 784: [784]`),
    )
  })
})

function asDisposable<T extends { dispose(): void }>(value: T): Disposable & { readonly value: T } {
  return {
    value,
    [Symbol.dispose]: () => {
      value.dispose()
    },
  }
}
