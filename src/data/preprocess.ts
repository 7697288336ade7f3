/** Preprocessing of arrays before they become a dataset, each step a function of its own. */
import { DataError, OptionError } from '../errors.ts'
import type { Dataset } from './dataset.ts'

/**
 * The same examples as vectors: featureShape [28, 28] becomes [784]. The arrays are shared, not copied.
 *
 * @example
 * flatten(mnist.train).featureShape // [784]
 */
export function flatten(set: Dataset): Dataset {
  return { ...set, featureShape: [set.features.length / set.count] }
}

/**
 * u8 0–255 to f32 0–1, value / 255, rounded to the nearest f32. A dataset of u8 needs no call: the GPU does the same.
 *
 * @example
 * const set = dataset({ features: normalise(pixels), featureShape: [28, 28], targets: labels })
 */
export function normalise(values: Uint8Array): Float32Array<ArrayBuffer> {
  return Float32Array.from(values, (value) => value / 255)
}

/**
 * Class numbers [count] as dense targets [count, classes] f32: 1 in the column of the class, 0 elsewhere.
 *
 * @throws OptionError for classes that are no positive integer
 * @throws DataError for a class number outside 0 … classes − 1
 * @example
 * oneHot(new Uint8Array([2, 0]), 3) // [0, 0, 1, 1, 0, 0]
 */
export function oneHot(
  labels: Uint8Array | Int32Array | Uint32Array,
  classes: number,
): Float32Array<ArrayBuffer> {
  if (!Number.isInteger(classes) || classes < 1) {
    throw new OptionError(`classes is ${classes}, expected a positive integer`)
  }
  const targets = new Float32Array(labels.length * classes)
  labels.forEach((label, row) => {
    if (label < 0 || label >= classes) {
      throw new DataError(`oneHot: row ${row}: class ${label} is outside 0–${classes - 1}`)
    }
    targets[row * classes + label] = 1
  })
  return targets
}
