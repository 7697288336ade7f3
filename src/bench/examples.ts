/** Made-up digits: bytes and classes of MNIST's form, so that steps are timed without its files. */
import { external, type Value } from '../graph/value.ts'
import { gather, gatherOneHot } from '../ops/gather.ts'
import { createRandom } from '../random.ts'
import { batchSize } from './work.ts'

/** A dataset as the device holds it. */
export interface Examples {
  readonly features: Uint8Array<ArrayBuffer> // [1024, 784]
  readonly targets: Uint32Array<ArrayBuffer> // [1024]
  readonly permutation: Uint32Array<ArrayBuffer> // [1024]
}

export const featureCount = 784
export const classCount = 10

const exampleCount = 1024

/** Four fifths of the bytes are 0, as in MNIST. */
export function makeExamples(): Examples {
  const random = createRandom(1, 'examples')
  const bytes = { length: exampleCount * featureCount }
  return {
    features: Uint8Array.from(bytes, () => Math.max(0, Math.floor(random.uniform() * 1280) - 1024)),
    targets: Uint32Array.from({ length: exampleCount }, () => Math.floor(random.uniform() * classCount)),
    permutation: random.permutation(exampleCount),
  }
}

/** The batch of a step as values of a graph, over buffers named like the fields of `Examples`. */
export function batchValues(): { readonly x: Value; readonly targets: Value } {
  const shape = [exampleCount]
  const permutation = external({ buffer: 'permutation', shape, dtype: 'u32' })
  const features = external({ buffer: 'features', shape: [exampleCount, featureCount], dtype: 'u8' })
  const labels = external({ buffer: 'targets', shape, dtype: 'u32' })
  return {
    x: gather({ rows: features, permutation, batchSize }),
    targets: gatherOneHot({ rows: labels, permutation, batchSize, classes: classCount }),
  }
}

/** The first batch: features as the device reads them, [128, 784], and classes. */
export function firstBatch({ features, targets, permutation }: Examples): {
  readonly x: Float64Array<ArrayBuffer>
  readonly labels: readonly number[]
} {
  const rows = [...permutation.subarray(0, batchSize)]
  const x = new Float64Array(batchSize * featureCount)
  rows.forEach((row, i) => {
    x.set(features.subarray(row * featureCount, (row + 1) * featureCount), i * featureCount)
  })
  return { x: x.map((byte) => byte / 255), labels: rows.map((row) => targets[row] ?? NaN) }
}
