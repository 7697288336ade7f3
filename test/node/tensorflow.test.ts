/** The same training in TensorFlow.js, which shares no line with this library: the first losses must be the same. */
import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-core/dist/register_all_gradients.js'
import { expect, it } from 'vitest'
import { take } from '../../src/data/split.ts'
import { dense, relu } from '../../src/nn/layers.ts'
import { sequential } from '../../src/nn/model.ts'
import { adam } from '../../src/nn/optimizers.ts'
import { loadMnist } from '../../src/node/mnist.ts'
import { createRandom } from '../../src/random.ts'
import { fit } from '../../src/train/fit.ts'
import { initialValues } from '../../src/train/weights.ts'
import { openTestDevice } from './support/gpu.ts'

const gpu = await openTestDevice()
const [seed, batchSize, steps] = [11, 128, 10]
const examples = take((await loadMnist()).train, batchSize * steps)
const model = sequential([784], [dense(128), relu(), dense(10)])

it('the first ten losses of 784-128-10 agree with TensorFlow.js to four digits', async () => {
  const run = await fit(gpu, model, examples, {
    loss: 'softmaxCrossEntropy',
    optimizer: adam(),
    batchSize,
    epochs: 1,
    seed,
  })
  run.dispose()

  const expected = await tensorflowLosses()
  expect(expected.length).toBe(steps)
  expect(run.losses[9]).toBeLessThan(0.8 * run.losses[0]!)
  expect([...run.losses]).toEqual(
    expected.map((loss) => expect.toSatisfy((ours: number) => Math.abs(ours / loss - 1) < 5e-5) as number),
  )
})

async function tensorflowLosses(): Promise<number[]> {
  tf.enableProdMode() // or it advertises its native backend
  await tf.setBackend('cpu')
  const initial = initialValues(model, seed)
  const weight1 = tf.variable(tf.tensor2d(initial.get('dense_1.weight')!, [784, 128]))
  const bias1 = tf.variable(tf.tensor1d(initial.get('dense_1.bias')!))
  const weight2 = tf.variable(tf.tensor2d(initial.get('dense_2.weight')!, [128, 10]))
  const bias2 = tf.variable(tf.tensor1d(initial.get('dense_2.bias')!))
  const optimizer = tf.train.adam(1e-3, 0.9, 0.999, 1e-7)
  const order = createRandom(seed, 'shuffle/1').permutation(examples.count)
  return Array.from({ length: steps }, (_, step) => {
    const rows = [...order.subarray(step * batchSize, (step + 1) * batchSize)]
    const pixels = rows.flatMap((row) => [...examples.features.subarray(row * 784, (row + 1) * 784)])
    const labels = rows.map((row) => examples.targets[row]!)
    const loss = optimizer.minimize(() => {
      const x: tf.Tensor2D = tf.div(tf.tensor2d(pixels, [batchSize, 784]), 255)
      const hidden: tf.Tensor2D = tf.relu(tf.add(tf.matMul(x, weight1), bias1))
      const logits: tf.Tensor2D = tf.add(tf.matMul(hidden, weight2), bias2)
      return tf.losses.softmaxCrossEntropy<tf.Tensor, tf.Scalar>(
        tf.oneHot(tf.tensor1d(labels, 'int32'), 10),
        logits,
      )
    }, true)
    if (loss === null) throw new Error('minimize was asked to return the loss')
    return loss.dataSync()[0]!
  })
}
