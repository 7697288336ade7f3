/** A configuration as the library's arguments, and which models the page can work with. */
import {
  type Dataset,
  type FitOptions,
  type Layer,
  type Sequential,
  type TrainedModel,
  WeightsError,
  adam,
  cosineDecay,
  dataset,
  dense,
  gelu,
  relu,
  sequential,
  sgd,
  sigmoid,
  take,
  tanh,
} from '../../src/index.ts'
import type { Activation, Config } from '../config.ts'

const activations: Readonly<Record<Activation, () => Layer>> = { relu, gelu, tanh, sigmoid }

/** 784, the hidden layers, 10 logits. */
export function modelOf({ hidden, activation }: Config): Sequential {
  return sequential(
    [784],
    [...hidden.flatMap((units) => [dense(units), activations[activation]()]), dense(10)],
  )
}

/** `784-128-10`: the widths of a model. */
export function shapeOf({ inputShape, layers }: Sequential): string {
  const widths = layers.flatMap(({ layer, outputShape }) => (layer.kind === 'dense' ? outputShape : []))
  return [...inputShape, ...widths].join('-')
}

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
export const like = dataset({
  features: new Uint8Array(784),
  featureShape: [28, 28],
  targets: new Uint8Array(1),
  classes: 10,
})

/** Throws WeightsError unless it takes 784 pixels and tells ten classes apart. */
export function checkDigits({ model, loss }: TrainedModel): void {
  const [inputs, outputs] = [model.inputShape, model.outputShape].map((shape) => shape.join('×'))
  if (inputs === '784' && outputs === '10' && loss === 'softmaxCrossEntropy') return
  throw new WeightsError(
    `this model takes ${inputs ?? ''} and gives ${outputs ?? ''} (${typeof loss === 'string' ? loss : loss.lossName}); the page needs one that takes 784 pixels and tells ten digits apart`,
  )
}
