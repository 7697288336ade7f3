/** Weights as bytes: a file is all that prediction needs, and a file that is not one of ours is refused. */
import { afterAll, describe, expect, it } from 'vitest'
import { take } from '../../src/data/split.ts'
import { WeightsError } from '../../src/errors.ts'
import { readSafetensors } from '../../src/io/readSafetensors.ts'
import { type NamedTensor, writeSafetensors } from '../../src/io/safetensors.ts'
import { dense, gelu, relu, softmax, tanh } from '../../src/nn/layers.ts'
import { sequential } from '../../src/nn/model.ts'
import { adam } from '../../src/nn/optimizers.ts'
import { loadMnist } from '../../src/node/mnist.ts'
import { evaluate } from '../../src/train/evaluate.ts'
import { fit } from '../../src/train/fit.ts'
import type { FitOptions } from '../../src/train/options.ts'
import { predict } from '../../src/train/predict.ts'
import { loadModel } from '../../src/train/weights.ts'
import { openTestDevice } from './support/gpu.ts'

const gpu = await openTestDevice()
const mnist = await loadMnist()
const examples = take(mnist.train, 300)
const model = sequential(
  [784],
  [dense(9, { initializer: 'heNormal' }), relu(), dense(7), gelu(), dense(8), tanh(), dense(10), softmax()],
)
const options: FitOptions = { loss: 'softmaxCrossEntropy', optimizer: adam(), epochs: 1, batchSize: 50 }
const run = await fit(gpu, model, examples, options)
afterAll(() => {
  run.dispose()
})
const bytes = await run.weights()

describe('weights', () => {
  it('hold every parameter by name, and what the model is', () => {
    const { tensors, metadata } = readSafetensors(bytes)
    expect([...tensors].map(([name, { shape }]) => [name, ...shape])).toEqual([
      ['dense_1.bias', 9],
      ['dense_1.weight', 784, 9],
      ['dense_2.bias', 7],
      ['dense_2.weight', 9, 7],
      ['dense_3.bias', 8],
      ['dense_3.weight', 7, 8],
      ['dense_4.bias', 10],
      ['dense_4.weight', 8, 10],
    ])
    expect(JSON.parse(metadata.wgrad!)).toEqual({
      version: 1,
      inputShape: [784],
      layers: [
        { kind: 'dense', config: { units: 9, initializer: 'heNormal' } },
        { kind: 'relu', config: {} },
        { kind: 'dense', config: { units: 7, initializer: 'glorotUniform' } },
        { kind: 'gelu', config: {} },
        { kind: 'dense', config: { units: 8, initializer: 'glorotUniform' } },
        { kind: 'tanh', config: {} },
        { kind: 'dense', config: { units: 10, initializer: 'glorotUniform' } },
        { kind: 'softmax', config: {} },
      ],
      loss: 'softmaxCrossEntropy',
      preprocessing: { u8: 'divide by 255' },
    })
  })

  it('come back as a model with the same answers, bit for bit', async () => {
    const loaded = loadModel(gpu, bytes)
    const { features } = take(mnist.test, 30)

    expect(await predict(loaded, features)).toEqual(await predict(run, features))
    expect(await evaluate(loaded, examples)).toEqual(await evaluate(run, examples))
    expect(await loaded.weights()).toEqual(bytes)
    loaded.dispose()
  })

  it('are where a training goes on from', async () => {
    const untouched = await fit(gpu, model, examples, {
      ...options,
      weights: bytes,
      signal: AbortSignal.abort(),
    })
    expect(await untouched.weights()).toEqual(bytes)
    untouched.dispose()

    const further = await fit(gpu, model, examples, { ...options, weights: bytes })
    expect(further.losses[0]).toBeLessThan(run.losses[0]!)
    expect(await further.weights()).not.toEqual(bytes)
    further.dispose()
  })
})

describe('a file of another kind is refused', () => {
  const { tensors, metadata } = readSafetensors(bytes)
  const description = JSON.parse(metadata.wgrad!) as Record<string, unknown> & { layers: unknown[] }
  const all = [...tensors].map(([name, tensor]): NamedTensor => ({ name, ...tensor }))
  const file = (changes: Record<string, unknown>, parameters = all): Uint8Array =>
    writeSafetensors(parameters, { wgrad: JSON.stringify({ ...description, ...changes }) })
  const withLayer = (layer: unknown): Uint8Array => file({ layers: [layer, ...description.layers.slice(1)] })

  const ownLayer = '; if it is your own: loadModel(gpu, bytes, { layers: { kind: maker } })'

  it.each<[string, Uint8Array, string]>([
    [
      'no description',
      writeSafetensors(all, {}),
      'weights: the metadata has no "wgrad" entry, so the layers are not known; was it written elsewhere?',
    ],
    [
      'a description that is no JSON',
      writeSafetensors(all, { wgrad: '{' }),
      'weights: the "wgrad" entry of the metadata is not a JSON object',
    ],
    [
      'a description that is a list',
      writeSafetensors(all, { wgrad: '[]' }),
      'weights: the "wgrad" entry of the metadata is not a JSON object',
    ],
    ['another version', file({ version: 2 }), 'weights: the description has version 2, expected 1'],
    ['no input shape', file({ inputShape: '784' }), 'weights: the description has no inputShape'],
    [
      'an impossible input shape',
      file({ inputShape: [0] }),
      'weights: the description is of no model: sequential: the shape is [0]; every size must be a whole number from 1 up',
    ],
    [
      'an input shape that the layers cannot take',
      file({ inputShape: [28, 28] }),
      'weights: the description is of no model: dense_1: dense: the input is [28, 28] for each example; it must be flat: [784]',
    ],
    ['no layers', file({ layers: {} }), 'weights: the description has no layers'],
    [
      'an empty list of layers',
      file({ layers: [] }),
      'weights: the description is of no model: sequential: there is no layer; the least is one dense layer',
    ],
    [
      'an unknown layer',
      withLayer({ kind: 'conv', config: {} }),
      `weights: layer 0 is not known: {"kind":"conv","config":{}}${ownLayer}`,
    ],
    ['a layer that is no layer', withLayer(null), `weights: layer 0 is not known: null${ownLayer}`],
    [
      'an unknown initialiser',
      withLayer({ kind: 'dense', config: { units: 9, initializer: 'zeros' } }),
      `weights: layer 0 is not known: {"kind":"dense","config":{"units":9,"initializer":"zeros"}}${ownLayer}`,
    ],
    [
      'impossible units',
      withLayer({ kind: 'dense', config: { units: -9 } }),
      'weights: the description is of no model: dense: units is -9; it must be a whole number from 1 up',
    ],
    [
      'an unknown loss',
      file({ loss: 'hinge' }),
      'weights: the loss "hinge" is not known; if it is your own: loadModel(gpu, bytes, { losses: [yourLoss] })',
    ],
    ['a missing parameter', file({}, all.slice(1)), 'weights: the parameter "dense_1.bias" is missing'],
    [
      'a parameter over',
      file({}, [...all, { name: 'dense_5.bias', shape: [1], data: new Float32Array(1) }]),
      'weights: the model has no parameter "dense_5.bias"',
    ],
    [
      'a parameter of another shape',
      withLayer({ kind: 'dense', config: { units: 11 } }),
      'weights: "dense_1.weight" is [784, 9], the model wants [784, 11]',
    ],
  ])('%s', (_, malformed, message) => {
    expect(() => loadModel(gpu, malformed)).toThrow(new WeightsError(message))
  })
})
