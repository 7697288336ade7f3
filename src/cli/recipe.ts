/** What `wgrad train` trains unless told otherwise. */
import { dense, relu } from '../nn/layers.ts'
import { type Sequential, sequential } from '../nn/model.ts'
import { type CosineDecayOptions, type Schedule, cosineDecay } from '../nn/schedules.ts'

export const defaults = { epochs: 5, batch: 128, hidden: [128], seed: 1 } as const

/** The learning rate of a run that is given none: the best of bench/chooseSchedule.mjs on 6,000 validation images. */
export const learningRateDecay: CosineDecayOptions = { peak: 1e-2 }

/** A constant where there is one, else the decay. */
export function learningRateOf(constant: number | undefined): number | Schedule {
  return constant ?? cosineDecay(learningRateDecay)
}

/** 784, hidden dense layers with ReLU, 10 logits. */
export function classifier(hidden: readonly number[]): Sequential {
  return sequential([784], [...hidden.flatMap((units) => [dense(units), relu()]), dense(10)])
}

/** `784-128-10`: the widths of a classifier. */
export function shapeName(hidden: readonly number[]): string {
  return [784, ...hidden, 10].join('-')
}
