/**
 * What every contestant trains, and how. A goal has a recipe of its own; both were chosen for wgrad's time to it by
 * bench/chooseSchedule.mjs, on validation images of the training set.
 */
import { cosineDecay, dense, relu, sequential } from '../../../dist/index.js'

export const sizes = [784, 128, 10]
export const model = sequential([784], [dense(128), relu(), dense(10)])

/** By goal, a share of the 10,000 test images; after each epoch they are evaluated, which takes its part of the time. */
export const recipes = new Map([
  [0.97, { epochs: 2, batchSize: 256, peak: 2.5e-2, warmup: 0.2, beta2: 0.999 }],
  [0.98, { epochs: 4, batchSize: 64, peak: 6e-3, warmup: 0.1, beta2: 0.99 }],
])

/** Settings of Adam, and its learning rate as a function of the step. */
export function optimizerOf({ beta2, peak, warmup }) {
  return { adam: { beta1: 0.9, beta2, epsilon: 1e-7 }, learningRate: cosineDecay({ peak, warmup }) }
}

export function describeRecipe(goal) {
  const { epochs, batchSize, peak, warmup, beta2 } = recipes.get(goal)
  return `${100 * goal} %: ${epochs} epochs, batch ${batchSize}, cosine decay from ${peak} after a linear warm-up of ${100 * warmup} % of the steps, β₂ ${beta2}`
}
