/** What a step writes into the caller's memory, parameters and metrics: that memory, and what a step leaves there. */
import { elementsOf } from '../graph/value.ts'
import type { Parameter } from '../nn/model.ts'
import { lossParts, rowsOfLossPart } from '../ops/lossParts.ts'
import { type LossRow, firstAdamStep } from './reference.ts'
import { type Data, type Expectation, batchSize, checkStep } from './work.ts'

/** The buffers of parameters and of moments that begin at zero. */
export function adamMemory(parameters: Float32Array<ArrayBuffer>): Readonly<Record<string, Data>> {
  const zeros = (): Data => new Float32Array(parameters.length)
  return { parameters, firstMoment: zeros(), secondMoment: zeros() }
}

/** Metrics of one step. */
export const metricsMemory: Data = new Float32Array(2 * lossParts(batchSize))

/** What the step leaves in `metricsMemory`: losses and right answers of each part of the batch. */
export function expectMetrics(rows: readonly LossRow[]): Expectation {
  const at = (index: number): number => {
    const first = Math.floor(index / 2) * rowsOfLossPart
    return rows
      .slice(first, first + rowsOfLossPart)
      .reduce((sum, { loss, right }) => sum + (index % 2 === 0 ? loss : Number(right)), 0)
  }
  return { buffer: 'metrics', start: 0, length: metricsMemory.length, at }
}

/** What the step leaves of a parameter in the buffers of `adamMemory`. */
export function expectUpdate(
  { offset, shape }: Pick<Parameter, 'offset' | 'shape'>,
  before: Float32Array,
  gradientAt: (index: number) => number,
): Expectation[] {
  const run = { start: offset / 4, length: elementsOf({ shape }) }
  const after = (index: number): ReturnType<typeof firstAdamStep> =>
    firstAdamStep(before[run.start + index] ?? NaN, gradientAt(index), checkStep)
  return [
    { buffer: 'parameters', ...run, at: (index) => after(index).parameter },
    { buffer: 'firstMoment', ...run, at: (index) => after(index).firstMoment },
  ]
}
