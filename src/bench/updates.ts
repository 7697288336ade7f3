/** Adam's memory and what one step leaves of it: what the cases that update parameters share. */
import { elementsOf } from '../graph/value.ts'
import type { Parameter } from '../nn/model.ts'
import { firstAdamStep } from './reference.ts'
import { type Data, type Expectation, checkStep } from './work.ts'

/** The buffers of parameters and of moments that begin at zero. */
export function adamMemory(parameters: Float32Array<ArrayBuffer>): Readonly<Record<string, Data>> {
  const zeros = (): Data => new Float32Array(parameters.length)
  return { parameters, firstMoment: zeros(), secondMoment: zeros() }
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
