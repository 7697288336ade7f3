/** wgrad as its users have it: kernels compiled while the data loads, `fit` with the test set to evaluate after each epoch. */
import { adam, dataset, fit, warmUp } from '../../../dist/index.js'
import { model, optimizerOf } from './recipe.mjs'

/**
 * @param {{ openDevice: () => Promise<import('../../../dist/index.js').Gpu>, loadMnist: () => Promise<import('../../../dist/mnist.js').Mnist> }} environment
 * @param {import('./peer.mjs').Course} course
 */
export async function runWgrad({ openDevice, loadMnist }, { recipe, seed, onFirstStep, onEvaluation }) {
  const { adam: settings, learningRate } = optimizerOf(recipe)
  const options = {
    loss: 'softmaxCrossEntropy',
    optimizer: adam({ ...settings, learningRate }),
    batchSize: recipe.batchSize,
    epochs: recipe.epochs,
    seed,
  }
  const openWarm = async () => {
    const gpu = await openDevice()
    await warmUp(
      gpu,
      model,
      dataset({
        features: new Uint8Array(784),
        featureShape: [28, 28],
        targets: new Uint8Array(1),
        classes: 10,
      }),
      options,
    )
    return gpu
  }
  const [gpu, mnist] = await Promise.all([openWarm(), loadMnist()])
  let onReport = () => {
    onReport = () => undefined
    onFirstStep()
  }
  await fit(gpu, model, mnist.train, {
    ...options,
    validation: mnist.test,
    onReport: () => onReport(),
    onEpoch: ({ validation }) => onEvaluation(validation.accuracy),
  })
}
