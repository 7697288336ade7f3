/**
 * Training of a dense network on MNIST: batch 128, Adam 1e-3. All have wgrad's initial weights and see the same batches
 * in the same order. The peers find each batch ready on the device, as f32; wgrad gathers and normalises the bytes of
 * its batch within the step, as `fit` does.
 */
import { adam, dense, relu, sequential, take } from '../../../dist/index.js'
import { createRandom } from '../../../dist/random.js'
import { initialValues } from '../../../dist/train/weights.js'

const [seed, batchSize, batches] = [1, 128, 50]

/** Losses that are compared: enough for a wrong optimiser to show, few enough for rounding not to. */
const comparedSteps = 10

/**
 * @typedef {Awaited<ReturnType<typeof trainingTask>>['training']} Training
 */
export async function trainingTask({ loadMnist }, sizes) {
  const dataset = take((await loadMnist()).train, batchSize * batches)
  const layers = sizes.slice(1).flatMap((units) => [dense(units), relu()])
  const model = sequential([sizes[0]], layers.slice(0, -1))
  const initial = initialValues(model, seed)
  const training = {
    seed,
    batchSize,
    comparedSteps,
    dataset,
    model,
    optimizer: adam({ learningRate: 1e-3 }),
    adam: { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
    /** Weight and bias of each layer. */
    layers: sizes.slice(1).map((outputs, i) => ({
      inputs: sizes[i],
      outputs,
      weight: initial.get(`dense_${i + 1}.weight`),
      bias: initial.get(`dense_${i + 1}.bias`),
    })),
    /** The batches of an epoch: features [128, 784] in 0 to 1, targets [128, 10] one-hot. */
    batches: batchesOf(dataset),
  }
  return {
    training,
    unit: 'samples/s',
    unitsPerRepetition: batchSize,
    enter: (contestant) => contestant.train(training),
    // Rounding gives about 1e-5, an ε that is wrong by a factor of 100 gives 1e-3.
    tolerance: 1e-4,
    /** The largest relative difference of a loss. */
    deviation: (losses, expected) =>
      Math.max(...Array.from(losses, (loss, i) => Math.abs(loss / expected[i] - 1))),
  }
}

function batchesOf({ count, features, targets, outputs }) {
  const order = createRandom(seed, 'shuffle/1').permutation(count)
  const width = features.length / count
  return Array.from({ length: batches }, (_, batch) => {
    const rows = order.subarray(batch * batchSize, (batch + 1) * batchSize)
    const x = new Float32Array(batchSize * width)
    const y = new Float32Array(batchSize * outputs)
    rows.forEach((row, i) => {
      for (let column = 0; column < width; column++)
        x[i * width + column] = features[row * width + column] / 255
      y[i * outputs + targets[row]] = 1
    })
    return { features: x, targets: y }
  })
}
