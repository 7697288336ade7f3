/** wgrad as its users have it: device and data opened together, `fit` with the test set to evaluate after each epoch. */
import { adam, fit } from '../../../dist/index.js'
import { model, optimizerOf } from './recipe.mjs'

/**
 * @param {{ openDevice: () => Promise<import('../../../dist/index.js').Gpu>, loadMnist: () => Promise<import('../../../dist/mnist.js').Mnist> }} environment
 * @param {import('./peer.mjs').Course} course
 */
export async function runWgrad({ openDevice, loadMnist }, { recipe, seed, onFirstStep, onEvaluation }) {
  const { adam: settings, learningRate } = optimizerOf(recipe)
  const [gpu, mnist] = await Promise.all([openDevice(), loadMnist()])
  let onReport = () => {
    onReport = () => undefined
    onFirstStep()
  }
  await fit(gpu, model, mnist.train, {
    loss: 'softmaxCrossEntropy',
    optimizer: adam({ ...settings, learningRate }),
    batchSize: recipe.batchSize,
    epochs: recipe.epochs,
    seed,
    validation: mnist.test,
    onReport: () => onReport(),
    onEpoch: ({ validation }) => onEvaluation(validation.accuracy),
  })
}
