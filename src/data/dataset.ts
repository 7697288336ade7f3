/**
 * A set of examples in the memory of the host: features and targets as flat typed arrays. Loaders make one, `fit`
 * and `evaluate` take one; it goes to the GPU once and stays there.
 */
import { DataError, OptionError } from '../errors.ts'

/** Examples, one row each. */
export interface Dataset {
  /** Number of examples. */
  readonly count: number
  /** Shape of one example, for instance [28, 28]. */
  readonly featureShape: readonly number[]
  /** [count, …featureShape], row-major; u8 is normalised 0–255 to 0–1 on the GPU, f32 is used as it is. */
  readonly features: Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer>
  /** Class numbers [count] as u32, or dense targets [count, outputs] as f32. */
  readonly targets: Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>
  /** Number of classes, or of dense target columns: the width of the model's output. */
  readonly outputs: number
}

/** The arrays that a dataset is made of. */
export interface DatasetOptions {
  /** [count, …featureShape], row-major: u8 as 0–255, or finite f32. */
  readonly features: Uint8Array | Float32Array
  /** Shape of one example; default [features.length / targets.length]. Dense targets need it to tell rows apart. */
  readonly featureShape?: readonly number[]
  /** Class numbers [count] from 0 as integers, or finite dense targets [count, outputs] as f32. */
  readonly targets: Uint8Array | Int32Array | Uint32Array | Float32Array
  /** Number of classes; default the largest class number + 1. Not for dense targets. */
  readonly classes?: number
  /** What errors call this set; default `dataset`. */
  readonly name?: string
}

/**
 * A checked dataset from the user's own arrays, which it copies: later writes to them change nothing.
 *
 * @throws DataError for an empty set, features and targets whose counts differ, a class number outside
 *   0 … classes − 1, a value that is not finite
 * @throws OptionError for a `featureShape` or `classes` that is no positive integer, or is missing or out of place
 * @example
 * const xor = dataset({ features: new Float32Array([0, 0, 0, 1, 1, 0, 1, 1]), targets: new Uint8Array([0, 1, 1, 0]) })
 * xor.featureShape // [2]
 */
export function dataset(options: DatasetOptions): Dataset {
  const { features } = options
  return datasetOf({
    ...options,
    features: new (features instanceof Float32Array ? Float32Array : Uint8Array)(features),
  })
}

/** `dataset` of features that are nobody else's, which it keeps. */
export function datasetOf(options: DatasetOptions & Pick<Dataset, 'features'>): Dataset {
  const { features, targets, classes, name = 'dataset' } = options
  if (features.length === 0) throw new DataError(`${name}: no features; a dataset needs at least one row`)
  if (targets.length === 0) throw new DataError(`${name}: no targets; a dataset needs at least one row`)
  const featureShape = [...(options.featureShape ?? inferShape(features, targets, name))]
  const count = countRows(features.length, featureShape, name)
  if (features instanceof Float32Array) checkFinite(features, features.length / count, `${name}: feature`)
  return {
    count,
    featureShape,
    features,
    ...(targets instanceof Float32Array
      ? denseTargets(targets, count, classes, name)
      : classTargets(targets, count, classes, name)),
  }
}

function inferShape(features: ArrayLike<number>, targets: DatasetOptions['targets'], name: string): number[] {
  if (targets instanceof Float32Array)
    throw new OptionError(`${name}: dense targets need featureShape, for example [2]`)
  const width = features.length / targets.length
  if (Number.isInteger(width)) return [width]
  throw new DataError(`${name}: ${features.length} feature values do not divide into ${targets.length} rows`)
}

function countRows(length: number, featureShape: readonly number[], name: string): number {
  if (featureShape.length === 0 || !featureShape.every(isPositiveInteger)) {
    throw new OptionError(`${name}: featureShape is [${featureShape.join(', ')}], expected positive integers`)
  }
  const count = length / featureShape.reduce((product, size) => product * size, 1)
  if (Number.isInteger(count)) return count
  throw new DataError(
    `${name}: ${length} feature values do not divide into rows of shape [${featureShape.join(', ')}]`,
  )
}

type Targets = Pick<Dataset, 'targets' | 'outputs'>

function classTargets(
  targets: Uint8Array | Int32Array | Uint32Array,
  count: number,
  classes: number | undefined,
  name: string,
): Targets {
  if (targets.length !== count)
    throw new DataError(`${name}: ${count} rows of features, ${targets.length} targets`)
  if (classes !== undefined && !isPositiveInteger(classes)) {
    throw new OptionError(`${name}: classes is ${classes}, expected a positive integer`)
  }
  let largest = 0
  for (const label of targets) largest = Math.max(largest, label)
  const outputs = classes ?? largest + 1
  const row = targets.findIndex((label) => label < 0 || label >= outputs)
  if (row >= 0)
    throw new DataError(`${name}: row ${row}: class ${String(targets[row])} is outside 0–${outputs - 1}`)
  return { targets: new Uint32Array(targets), outputs }
}

function denseTargets(
  targets: Float32Array,
  count: number,
  classes: number | undefined,
  name: string,
): Targets {
  if (classes !== undefined) {
    throw new OptionError(`${name}: classes is ${classes}, but dense targets have columns; leave it out`)
  }
  const outputs = targets.length / count
  if (!Number.isInteger(outputs)) {
    throw new DataError(`${name}: ${targets.length} target values do not divide into ${count} rows`)
  }
  checkFinite(targets, outputs, `${name}: target`)
  return { targets: new Float32Array(targets), outputs }
}

function checkFinite(values: Float32Array, width: number, what: string): void {
  const i = values.findIndex((value) => !Number.isFinite(value))
  if (i < 0) return
  throw new DataError(
    `${what} at row ${Math.floor(i / width)}, column ${i % width} is ${String(values[i])}, not finite`,
  )
}

function isPositiveInteger(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0
}
