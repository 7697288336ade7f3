/** Parts of a dataset: a seeded split for validation, the first rows for a quick run. Rows are copied. */
import { OptionError } from '../errors.ts'
import { createRandom } from '../random.ts'
import type { Dataset } from './dataset.ts'

/** How a dataset is split. */
export interface SplitOptions {
  /** Share of the examples that go to validation, between 0 and 1, both excluded; rounded to whole examples. */
  readonly fraction: number
  /** The same seed splits the same set in the same way. */
  readonly seed: number
}

/** The two sides of a split. */
export interface Split {
  readonly train: Dataset
  readonly validation: Dataset
}

/**
 * Splits a dataset at random into two that share no example and together hold all.
 *
 * @throws OptionError for a fraction outside (0, 1), or one that leaves a side without examples
 * @example
 * const { train, validation } = split(take(mnist.train, 1000), { fraction: 0.1, seed: 1 })
 * train.count // 900
 * validation.count // 100
 */
export function split(set: Dataset, { fraction, seed }: SplitOptions): Split {
  if (!(fraction > 0 && fraction < 1))
    throw new OptionError(`fraction is ${fraction}, expected between 0 and 1`)
  const count = Math.round(set.count * fraction)
  if (count === 0 || count === set.count) {
    const side = count === 0 ? 'validation' : 'training'
    throw new OptionError(`fraction ${fraction} of ${set.count} examples leaves none for ${side}`)
  }
  const order = createRandom(seed, 'split').permutation(set.count)
  return { train: pick(set, order.subarray(count)), validation: pick(set, order.subarray(0, count)) }
}

/**
 * The first `count` examples.
 *
 * @throws OptionError for a count that is no integer from 1 to the size of the set
 * @example
 * take(mnist.train, 1000).count // 1000
 */
export function take(set: Dataset, count: number): Dataset {
  if (!Number.isInteger(count) || count < 1 || count > set.count) {
    throw new OptionError(`count is ${count}, expected an integer from 1 to ${set.count}`)
  }
  return pick(
    set,
    Uint32Array.from({ length: count }, (_, i) => i),
  )
}

function pick(set: Dataset, rows: Uint32Array): Dataset {
  return {
    ...set,
    count: rows.length,
    features: gather(set.features, set.count, rows),
    targets: gather(set.targets, set.count, rows),
  }
}

function gather<A extends Uint8Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>>(
  values: A,
  count: number,
  rows: Uint32Array,
): A {
  const width = values.length / count
  const gathered = values.slice(0, rows.length * width) as A
  rows.forEach((row, i) => {
    gathered.set(values.subarray(row * width, (row + 1) * width), i * width)
  })
  return gathered
}
