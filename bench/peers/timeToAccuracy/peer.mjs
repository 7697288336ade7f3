/**
 * A peer's run: wgrad's initial weights and batches. Each batch is made on the host from the bytes of the dataset just
 * before its step, as the peers' own MNIST examples do.
 */
import { createRandom } from '../../../dist/random.js'
import { hostBatch, initialLayers } from '../models/start.mjs'
import { model, optimizerOf, sizes } from './recipe.mjs'

/**
 * @typedef {object} Course what a run is told, and whom it tells
 * @property {{ epochs: number, batchSize: number, peak: number, warmup: number, beta2: number }} recipe
 * @property {number} seed
 * @property {() => void} onFirstStep
 * @property {(accuracy: number) => void} onEvaluation of the whole test set, after each epoch
 *
 * @typedef {object} Peer
 * @property {(count: number, stepAt: (i: number) => Step) => Promise<void>} train resolves once the steps are done
 * @property {() => Promise<Float32Array>} logits of the whole test set, [10000, 10]
 *
 * @typedef {{ batch: { features: Float32Array, targets: Float32Array }, learningRate: number }} Step
 */

/**
 * @param {{ openPeer: () => Promise<(task: object) => Promise<Peer>>, loadMnist: () => Promise<import('../../../dist/mnist.js').Mnist> }} environment
 * @param {Course} course
 */
export async function runPeer({ openPeer, loadMnist }, { recipe, seed, onFirstStep, onEvaluation }) {
  const { adam, learningRate } = optimizerOf(recipe)
  const [enter, { train, test }] = await Promise.all([openPeer(), loadMnist()])
  const testBatch = hostBatch(
    test,
    Array.from({ length: test.count }, (_, row) => row),
  )
  const peer = await enter({ layers: initialLayers(model, sizes, seed), adam, test: testBatch })
  const { batchSize, epochs } = recipe
  const stepsPerEpoch = Math.ceil(train.count / batchSize)
  const totalSteps = epochs * stepsPerEpoch
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const order = createRandom(seed, `shuffle/${epoch}`).permutation(train.count)
    const stepAt = (i) => ({
      batch: hostBatch(train, order.subarray(i * batchSize, (i + 1) * batchSize)),
      learningRate: learningRate({ step: (epoch - 1) * stepsPerEpoch + i, totalSteps }),
    })
    await peer.train(1, stepAt)
    if (epoch === 1) onFirstStep()
    await peer.train(stepsPerEpoch - 1, (i) => stepAt(i + 1))
    onEvaluation(accuracyOf(await peer.logits(), test.targets))
  }
}

function accuracyOf(logits, labels) {
  const classes = logits.length / labels.length
  const isRight = (label, row) => {
    const of = logits.subarray(row * classes, (row + 1) * classes)
    return of.indexOf(Math.max(...of)) === label
  }
  return labels.filter(isRight).length / labels.length
}
