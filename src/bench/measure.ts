/** Timing a program: warm-up, then samples, each of as many repetitions as it takes to be longer than a clock's tick. */
import type { Gpu } from '../gpu/device.ts'
import type { Program } from '../graph/program.ts'
import { createTimestamps, type Timestamps } from '../train/timestamps.ts'
import { maxRepetitions, timedStep } from './work.ts'

/** Seconds of one repetition, the mean over those of the sample. */
export interface Sample {
  readonly repetitions: number
  /** From the first submit until the host knows that the last is done. */
  readonly wallSeconds: number
  /** Of these the time in which the host encoded and submitted; null where that cannot be told apart. */
  readonly hostSeconds: number | null
  /** In passes, on the device's clock; null where it has none, or none that went on. */
  readonly gpuSeconds: number | null
}

export interface MeasureOptions {
  /** Of all samples of a case together. */
  readonly minSeconds: number
}

/** A case has at least so many samples. */
export const minSamples = 10

/** Times repetitions of the program's step, at least `minSamples` samples and `minSeconds` seconds of them. */
export async function measure(gpu: Gpu, program: Program, { minSeconds }: MeasureOptions): Promise<Sample[]> {
  using timestamps = createTimestamps(gpu, maxSubmits)
  const repetitions = await warmUp(gpu, program, minSeconds / minSamples, timestamps)
  const samples: Sample[] = []
  for (let seconds = 0; samples.length < minSamples || seconds < minSeconds;) {
    const sample = await takeSample(gpu, program, repetitions, timestamps)
    samples.push(sample)
    seconds += sample.wallSeconds * repetitions
  }
  return samples
}

const maxSubmits = 32

/** Brings clocks up to speed and finds how many repetitions take so long. The program has run once. */
async function warmUp(
  gpu: Gpu,
  program: Program,
  seconds: number,
  timestamps: Timestamps | undefined,
): Promise<number> {
  for (let repetitions = 1; ;) {
    const { wallSeconds } = await takeSample(gpu, program, repetitions, timestamps)
    const wanted = Math.min(Math.ceil(seconds / wallSeconds), maxSubmits * maxRepetitions)
    if (wanted <= 1.2 * repetitions) return repetitions
    repetitions = Math.min(wanted, 10 * repetitions)
  }
}

async function takeSample(
  gpu: Gpu,
  program: Program,
  repetitions: number,
  timestamps: Timestamps | undefined,
): Promise<Sample> {
  const submits = Math.ceil(repetitions / maxRepetitions)
  const begin = performance.now()
  for (let i = 0; i < submits; i++) {
    const length = Math.min(maxRepetitions, repetitions - i * maxRepetitions)
    program.run(Array<typeof timedStep>(length).fill(timedStep), timestamps?.writes(i))
  }
  const submitted = performance.now()
  await gpu.wait(gpu.device.queue.onSubmittedWorkDone())
  const end = performance.now()
  const passes = (await timestamps?.read(submits)) ?? []
  const inPasses = passes.reduce((sum, pass) => sum + pass, 0)
  return {
    repetitions,
    wallSeconds: (end - begin) / 1000 / repetitions,
    hostSeconds: (submitted - begin) / 1000 / repetitions,
    gpuSeconds: inPasses > 0 ? inPasses / repetitions : null,
  }
}

/** A dispatch of a program, timed alone. */
export interface ProfiledDispatch {
  readonly label: string
  readonly gpuSeconds: number
  readonly flops: number
  readonly bytes: number
}

/**
 * Times each dispatch of the program's step in a pass of its own, the mean over `minSeconds`: devices round their
 * timestamps, some to 0.1 ms, and only a mean is finer than that. Undefined where the device has no clock.
 */
export async function profile(
  gpu: Gpu,
  program: Program,
  { minSeconds }: MeasureOptions,
): Promise<ProfiledDispatch[] | undefined> {
  const { dispatches } = program.plan
  using timestamps = createTimestamps(gpu, dispatches.length)
  if (timestamps === undefined) return undefined
  const sums = dispatches.map(() => 0)
  const start = performance.now()
  let steps = 0
  for (; steps < minSamples || performance.now() - start < 1000 * minSeconds; steps++) {
    program.profile(timedStep, timestamps.querySet)
    const passes = await timestamps.read(dispatches.length)
    passes.forEach((seconds, i) => (sums[i] = (sums[i] ?? 0) + seconds))
  }
  return dispatches.map(({ label, flops, bytes }, i) => ({
    label,
    gpuSeconds: (sums[i] ?? 0) / steps,
    flops,
    bytes,
  }))
}
