/** A configuration as the library's arguments, and which models the page can work with. */
import {
  type Dataset,
  type FitOptions,
  type TrainedModel,
  WeightsError,
  adam,
  cosineDecay,
  dataset,
  sgd,
  take,
} from '../../src/index.ts'
import type { Config } from '../config.ts'

export type Training = Pick<FitOptions, 'loss' | 'optimizer' | 'batchSize' | 'epochs' | 'seed'>

export function trainingOf({ optimizer, rate, schedule, batch, epochs, seed }: Config): Training {
  const learningRate = schedule === 'cosine' ? cosineDecay({ peak: rate }) : rate
  return {
    loss: 'softmaxCrossEntropy',
    optimizer: optimizer === 'adam' ? adam({ learningRate }) : sgd({ learningRate, momentum: 0.9 }),
    batchSize: batch,
    epochs,
    seed,
  }
}

export function imagesOf(train: Dataset, { images }: Config): Dataset {
  return images === train.count ? train : take(train, images)
}

/** One example of MNIST's kind. */
export const like = dataset({ features: new Uint8Array(784), targets: new Uint8Array(1), classes: 10 })

/** Throws WeightsError unless it takes 784 pixels and tells ten classes apart. */
export function checkDigits({ model, loss }: TrainedModel): void {
  const [inputs, outputs] = [model.inputShape, model.outputShape].map((shape) => shape.join('×'))
  if (inputs === '784' && outputs === '10' && loss === 'softmaxCrossEntropy') return
  throw new WeightsError(
    `this model takes ${inputs ?? ''} and gives ${outputs ?? ''} (${loss}); the page needs one that takes 784 pixels and tells ten digits apart`,
  )
}
