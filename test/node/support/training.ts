/** A small training for the tests of long-lived runs: 25 steps an epoch, the last one partial. */
import { type Dataset, dataset } from '../../../src/data/dataset.ts'
import { dense, relu } from '../../../src/nn/layers.ts'
import { sequential } from '../../../src/nn/model.ts'
import { adam } from '../../../src/nn/optimizers.ts'
import { createRandom } from '../../../src/random.ts'
import type { FitOptions } from '../../../src/train/options.ts'
import type { EpochReport, Run } from '../../../src/train/types.ts'

export const model = sequential([5], [dense(8), relu(), dense(3)])
export const examples = makeExamples(196)
export const stepsPerEpoch = 25
export const options: FitOptions = { loss: 'softmaxCrossEntropy', optimizer: adam(), batchSize: 8, epochs: 4 }

export function makeExamples(count: number): Dataset {
  const random = createRandom(1, 'examples')
  return dataset({
    features: Float32Array.from({ length: count * 5 }, () => random.normal()),
    targets: Uint8Array.from({ length: count }, () => Math.floor(3 * random.uniform())),
    classes: 3,
  })
}

/** All that must be the same in two runs, and frees the run. */
export async function outcomeOf(run: Run): Promise<{
  weights: Uint8Array
  losses: Float32Array
  history: Omit<EpochReport, 'seconds' | 'samplesPerSecond'>[]
}> {
  using ended = run
  const history = ended.history.map(({ seconds, samplesPerSecond, ...report }) => {
    if (!(seconds > 0 && samplesPerSecond > 0)) throw new Error('an epoch took no time')
    return report
  })
  return { weights: await ended.weights(), losses: ended.losses, history }
}
