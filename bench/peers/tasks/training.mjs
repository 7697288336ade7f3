/**
 * Training of a dense network on MNIST: batch 128, Adam 1e-3. All have wgrad's initial weights and see the same batches
 * in the same order. The peers find each batch ready on the device, as f32; wgrad gathers and normalises the bytes of
 * its batch within the step, as `fit` does.
 */
import { adam, dense, relu, sequential, take } from '../../../dist/index.js'
import { createRandom } from '../../../dist/random.js'
import { hostBatch, initialLayers } from '../models/start.mjs'

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
  const training = {
    seed,
    batchSize,
    comparedSteps,
    dataset,
    model,
    optimizer: adam({ learningRate: 1e-3 }),
    adam: { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
    layers: initialLayers(model, sizes, seed),
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

function batchesOf(dataset) {
  const order = createRandom(seed, 'shuffle/1').permutation(dataset.count)
  return Array.from({ length: batches }, (_, batch) =>
    hostBatch(dataset, order.subarray(batch * batchSize, (batch + 1) * batchSize)),
  )
}
