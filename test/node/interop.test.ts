/** A model beside code of the user's own: batches in its buffers, weights as its arrays. */
import { afterAll, describe, expect, it } from 'vitest'
import { ShapeError, WeightsError } from '../../src/errors.ts'
import { bufferUsage } from '../../src/gpu/device.ts'
import { dense, relu } from '../../src/nn/layers.ts'
import { sequential } from '../../src/nn/model.ts'
import { activations, saliency } from '../../src/train/inspect.ts'
import { predict } from '../../src/train/predict.ts'
import type { BufferBatch } from '../../src/train/keptReaders.ts'
import { Weights, getWeights, initialValues, setWeights } from '../../src/train/weights.ts'
import { integers, normals } from '../support/data.ts'
import { openTestDevice } from './support/gpu.ts'

const gpu = await openTestDevice()
const model = sequential([5], [dense(4), relu(), dense(3)])
const trainedOf = (seed: number): Weights => {
  const trained = new Weights(gpu, model, 'softmaxCrossEntropy', initialValues(model, seed))
  afterAll(() => {
    trained.dispose()
  })
  return trained
}
const trained = trainedOf(1)

/** A buffer of the user's own, with eight bytes before its contents. */
function bufferOf(values: Uint8Array | Float32Array, usage: number = bufferUsage.copySrc): GPUBuffer {
  const size = 8 + Math.ceil(values.byteLength / 4) * 4
  const buffer = gpu.device.createBuffer({ label: 'mine', size, usage: usage | bufferUsage.copyDst })
  const words = new Uint8Array(size)
  words.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), 8)
  gpu.device.queue.writeBuffer(buffer, 0, words)
  afterAll(() => {
    buffer.destroy()
  })
  return buffer
}

describe('a batch in a GPUBuffer', () => {
  // More than a batch of the reader, of a width that is no whole number of words.
  it.each([1, 3, 515])('of %i examples gives the answers of the same numbers on the host', async (count) => {
    const bytes = Uint8Array.from(integers(5 * count, 1, 256))
    const numbers = normals(5 * count, 2)
    const classes = integers(count, 3, 3)
    for (const [features, dtype] of [
      [bytes, 'u8'],
      [numbers, 'f32'],
    ] as const) {
      const batch: BufferBatch = { buffer: bufferOf(features), offset: 8, count, dtype }
      expect(await predict(trained, batch)).toEqual(await predict(trained, features))
      expect(await activations(trained, batch)).toEqual(await activations(trained, features))
      expect(await saliency(trained, batch, classes)).toEqual(await saliency(trained, features, classes))
    }
  })

  const buffer = bufferOf(normals(10, 1))
  it.each<[string, BufferBatch, string]>([
    [
      'too short',
      { buffer, offset: 8, count: 3, dtype: 'f32' },
      'predict: 3 examples have 60 bytes, the buffer has 40 from 8 on',
    ],
    [
      'at an odd place',
      { buffer, offset: 6, count: 1, dtype: 'u8' },
      'predict: offset is 6; it must be a multiple of 4',
    ],
    [
      'of no examples',
      { buffer, count: 0, dtype: 'u8' },
      'predict: count: the shape is [0]; every size must be a whole number from 1 up',
    ],
    [
      'that cannot be copied from',
      { buffer: bufferOf(normals(10, 1), bufferUsage.storage), count: 1, dtype: 'f32' },
      'predict: the buffer is without the usage COPY_SRC; create it with GPUBufferUsage.COPY_SRC',
    ],
  ])('%s is refused', async (_, batch, message) => {
    await expect(predict(trained, batch)).rejects.toThrow(new ShapeError(message))
  })
})

describe('weights as arrays', () => {
  it('are got by name, and set: from then on the answers are those of the other model', async () => {
    const [one, other] = [trainedOf(2), trainedOf(3)]
    const features = normals(5, 4)
    expect(await predict(one, features)).not.toEqual(await predict(other, features))
    const weights = await getWeights(other)
    expect([...weights].map(([name, { shape }]) => `${name} ${shape.join('×')}`)).toEqual([
      'dense_1.weight 5×4',
      'dense_1.bias 4',
      'dense_2.weight 4×3',
      'dense_2.bias 3',
    ])
    expect(weights.get('dense_1.weight')!.data).toEqual(initialValues(model, 3).get('dense_1.weight'))

    setWeights(one, weights)
    expect(await predict(one, features)).toEqual(await predict(other, features))
    expect(await getWeights(one)).toEqual(weights)
  })

  it('that do not fit are refused, and none is written', async () => {
    const one = trainedOf(4)
    const before = await getWeights(one)
    const short = new Map(before).set('dense_2.bias', { shape: [3], data: new Float32Array(2) })
    short.set('dense_1.bias', { shape: [4], data: new Float32Array(4).fill(9) })
    expect(() => {
      setWeights(one, short)
    }).toThrow(new WeightsError('weights: "dense_2.bias" is [3] but its data has 2 elements'))
    expect(await getWeights(one)).toEqual(before)
  })
})
