/** Looking into a model: activations against the float64 twins, saliency against them and against predict's own answers. */
import { afterAll, describe, expect, it } from 'vitest'
import { DataError } from '../../src/errors.ts'
import { type Layer, dense, gelu, relu, sigmoid, softmax, tanh } from '../../src/nn/layers.ts'
import { type Sequential, sequential } from '../../src/nn/model.ts'
import { activations, saliency } from '../../src/train/inspect.ts'
import { predict } from '../../src/train/predict.ts'
import { Weights, initialValues } from '../../src/train/weights.ts'
import { hostForward, hostParameters } from '../reference/support/training.ts'
import { finiteDifference } from '../reference/support/finiteDifference.ts'
import { softmax as hostSoftmax } from '../reference/softmax.ts'
import { expectClose } from '../../src/testing/compare.ts'
import { integers, normals } from '../support/data.ts'
import { openTestDevice } from './support/gpu.ts'

const gpu = await openTestDevice()
const tolerance = 2e-6

function trainedOf(
  model: Sequential,
  loss: 'softmaxCrossEntropy' | 'meanSquaredError' = 'softmaxCrossEntropy',
) {
  const values = initialValues(model, 7)
  const trained = new Weights(gpu, model, loss, values)
  afterAll(() => {
    trained.dispose()
  })
  return { trained, parameters: hostParameters(values) }
}

const layers: readonly Layer[] = [dense(9), relu(), dense(8), gelu(), dense(7), tanh(), dense(5)]
const model = sequential([13], layers)
const { trained, parameters } = trainedOf(model)

describe('activations', () => {
  it.each([1, 3, 513])('of %i examples: what each layer makes, and the probabilities', async (count) => {
    const features = normals(count * 13, 1)
    const expected = hostForward(model, parameters, { x: Float64Array.from(features), rows: count }).slice(1)

    const { layers, outputs } = await activations(trained, features)

    expect(layers.map(({ name, shape }) => `${name} ${shape.join()}`)).toEqual([
      'dense_1 9',
      'relu_1 9',
      'dense_2 8',
      'gelu_1 8',
      'dense_3 7',
      'tanh_1 7',
      'dense_4 5',
    ])
    layers.forEach(({ name, values }, i) => {
      expectClose(values, expected[i]!, { tolerance, label: name })
    })
    const probabilities = hostSoftmax({ logits: expected.at(-1)!, M: count, N: 5 })
    expectClose(outputs, probabilities, { tolerance, label: 'outputs' })
    expect(outputs).toEqual((await predict(trained, features)).outputs)
  })

  it('of a model that ends in softmax: the outputs are the last layer’s', async () => {
    const { trained } = trainedOf(sequential([4], [dense(3), softmax()]))
    const { layers, outputs } = await activations(trained, normals(8, 1))
    expect(layers.map(({ name }) => name)).toEqual(['dense_1', 'softmax_1'])
    expect(layers[1]!.values).toEqual(outputs)
  })
})

describe('saliency', () => {
  it('is the gradient of each example’s logit by its input: central differences of the float64 twin', async () => {
    const count = 3
    const features = normals(count * 13, 2)
    const classes = [4, 0, 2]
    const logits = (x: Float64Array): Float64Array =>
      hostForward(model, parameters, { x, rows: count }).at(-1)!
    const expected = finiteDifference(
      (x) => classes.reduce((sum, label, row) => sum + logits(x)[row * 5 + label]!, 0),
      Float64Array.from(features),
    )
    expectClose(await saliency(trained, features, classes), expected, { tolerance: 1e-5, label: 'saliency' })
  })

  it('of bytes is by the input normalised to 0–1', async () => {
    const bytes = Uint8Array.from(integers(3 * 13, 3, 256))
    const classes = Uint32Array.of(1, 2, 3)
    const numbers = Float32Array.from(bytes, (byte) => byte / 255)
    const expected = Float64Array.from(await saliency(trained, numbers, classes))
    expectClose(await saliency(trained, bytes, classes), expected, { tolerance: 1e-5, label: 'saliency' })
  })

  it.each([
    ['dense alone', [dense(5)], 1e-6],
    ['dense and softmax: of what softmax is given', [dense(5), softmax()], 1e-6],
    ['an activation first', [gelu(), dense(5)], 1e-5],
    ['an activation alone', [sigmoid()], 1e-5],
  ] as const)('of %s agrees with the model’s own answers', async (_, layers, tolerance) => {
    const model = sequential([5], layers)
    const withoutSoftmax = sequential(
      [5],
      layers.filter(({ kind }) => kind !== 'softmax'),
    )
    const { trained } = trainedOf(model)
    const { parameters } = trainedOf(withoutSoftmax)
    const features = normals(5, 4)
    const logit = (x: Float64Array): number =>
      hostForward(withoutSoftmax, parameters, { x, rows: 1 }).at(-1)![3]!
    expectClose(
      await saliency(trained, features, [3]),
      finiteDifference(logit, Float64Array.from(features)),
      { tolerance, label: 'saliency' },
    )
  })

  it('agrees with differences of what predict answers', async () => {
    const { trained } = trainedOf(model, 'meanSquaredError')
    const features = normals(13, 5)
    const gradient = await saliency(trained, features, [2])
    const h = 2 ** -6
    const differences = new Float64Array(13)
    for (const i of features.keys()) {
      const logit = async (by: number): Promise<number> =>
        (await predict(trained, features.with(i, features[i]! + by))).outputs[2]!
      differences[i] = ((await logit(h)) - (await logit(-h))) / (2 * h)
    }
    expectClose(gradient, differences, { tolerance: 2e-3, label: 'saliency' })
  })

  it('refuses classes that are missing or none of the model’s', async () => {
    await expect(saliency(trained, normals(26, 1), [1])).rejects.toThrow(
      new DataError('saliency: 1 classes for 2 examples; give one for each'),
    )
    await expect(saliency(trained, normals(13, 1), [5])).rejects.toThrow(
      new DataError('saliency: the class of example 0 is 5; it must be a whole number from 0 to 4'),
    )
    await expect(saliency(trained, normals(12, 1), [5])).rejects.toThrow(/^saliency: 12 features/)
  })
})
