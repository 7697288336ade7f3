/**
 * The benchmark: peaks of the device, kernels, training steps, end to end. It runs wherever a device is, in Node and in
 * a page, and returns plain results; printing them is the caller's.
 */
import type { Mnist } from '../data/mnist.ts'
import { DataError, DeviceError, OptionError } from '../errors.ts'
import type { Gpu } from '../gpu/device.ts'
import type { Dispatch } from '../graph/plan.ts'
import { optionsFor } from '../train/graphs.ts'
import type { Case } from './case.ts'
import { type Check, checkWork } from './check.ts'
import { epochName, measureEpochs } from './epoch.ts'
import { kernelCases } from './kernelCases.ts'
import { type MeasureOptions, type ProfiledDispatch, type Sample, measure, profile } from './measure.ts'
import { mnistCases } from './mnistCases.ts'
import { type Peaks, peakCases } from './peaks.ts'
import { median } from './statistics.ts'
import { stepCases } from './stepCases.ts'
import { load } from './work.ts'

export interface BenchmarkOptions {
  /** Cases whose names match. Default all. */
  readonly filter?: RegExp
  /** Measured time of a case, at least; each has 10 samples at least. Default 0.5. */
  readonly minSeconds?: number
  /** Times each dispatch too, in a pass of its own. Default false. */
  readonly profile?: boolean
  /** For the cases end to end, called where one of them is chosen; where it throws DataError they are left out. */
  readonly loadMnist: () => Promise<Mnist>
  /** Told before each case. */
  readonly onCase?: (progress: CaseProgress) => void
}

export interface CaseProgress {
  readonly name: string
  /** From 1. */
  readonly number: number
  readonly count: number
}

export interface CaseResult {
  readonly name: string
  readonly samples: readonly Sample[]
  readonly check: Check
  /** What a repetition dispatches, in order; none is told of where `fit` runs it. */
  readonly dispatches: readonly BenchmarkedDispatch[]
  /** Bytes and number of the memory slots of its plan: what it allocates, once. */
  readonly slots: { readonly count: number; readonly bytes: number }
  /** Training examples of a repetition; 0 where it trains nothing. */
  readonly examples: number
  readonly profile?: readonly ProfiledDispatch[]
}

export type BenchmarkedDispatch = Pick<Dispatch, 'label' | 'flops' | 'bytes'> & {
  /** The variant that the plan chose. */
  readonly kernel: string
}

export interface BenchmarkResults {
  readonly peaks: Peaks
  readonly cases: readonly CaseResult[]
  readonly skipped: readonly { readonly name: string; readonly reason: string }[]
}

/** The names of all cases, in the order in which they run. */
export function caseNames(): string[] {
  return [...plannedCases.map(({ name }) => name), epochName]
}

/**
 * Runs the cases that the filter chooses, and the peaks first, which the others are compared with.
 *
 * @throws OptionError where no case is chosen
 * @throws DeviceError where the device fails, or has no timestamps for a profile
 * @example
 * const { cases } = await runBenchmarks(gpu, { filter: /matmul/, loadMnist })
 */
export async function runBenchmarks(gpu: Gpu, options: BenchmarkOptions): Promise<BenchmarkResults> {
  const { filter = /(?:)/, minSeconds = 0.5, onCase } = options
  const names = caseNames().filter((name) => filter.test(name))
  if (names.length === 0)
    throw new OptionError(`no case matches ${String(filter)}; there are ${caseNames().join(', ')}`)
  if (options.profile === true && !gpu.device.features.has('timestamp-query')) {
    throw new DeviceError(`${gpu.adapter.name} has no timestamp-query, which a profile needs; leave it out`)
  }

  const isChosen = ({ name }: Pick<Case, 'name'>): boolean => names.includes(name)
  const others = plannedCases.slice(peakList.length).filter(isChosen)
  const count = peakList.length + others.length + Number(names.includes(epochName))
  let number = 0
  const run = (one: Case): Promise<CaseResult> => {
    onCase?.({ name: one.name, number: ++number, count })
    return runCase(gpu, one, { minSeconds, profile: options.profile ?? false })
  }

  const peakResults: CaseResult[] = []
  for (const one of peakList) peakResults.push(await run(one))
  const cases = peakResults.filter(isChosen)
  for (const one of others) cases.push(await run(one))
  const skipped: { name: string; reason: string }[] = []
  if (names.includes(epochName)) {
    onCase?.({ name: epochName, number: ++number, count })
    const result = await runEpochs(gpu, options.loadMnist, { minSeconds })
    if ('reason' in result) skipped.push(result)
    else cases.push(result)
  }
  return { peaks: peaksOf(peakResults), cases, skipped }
}

/** Seconds of a repetition on the device: by its own clock where it has one, else by the host's. */
export function deviceSeconds(samples: readonly Sample[]): number {
  return median(samples.map(secondsOnDevice))
}

const secondsOnDevice = ({ wallSeconds, gpuSeconds }: Sample): number => gpuSeconds ?? wallSeconds

const peakList: readonly Case[] = [peakCases.fma, peakCases.load, peakCases.store, peakCases.dispatch]

/** The cases that are a plan: all but those end to end. */
export const plannedCases: readonly Case[] = [...peakList, ...kernelCases, ...mnistCases, ...stepCases]

async function runCase(
  gpu: Gpu,
  { name, make }: Case,
  options: MeasureOptions & { readonly profile: boolean },
): Promise<CaseResult> {
  const work = make(await optionsFor(gpu))
  const loaded = await load(gpu, work)
  try {
    const check = await checkWork(gpu, loaded, work.expected)
    const samples = await measure(gpu, loaded.program, options)
    const profiled = options.profile ? await profile(gpu, loaded.program, options) : undefined
    const { dispatches, slots } = work.plan
    return {
      name,
      samples,
      check,
      dispatches: dispatches.map(({ label, flops, bytes, linking }) => ({
        label,
        flops,
        bytes,
        kernel: linking.kernel.name,
      })),
      slots: { count: slots.length, bytes: slots.reduce((sum, bytes) => sum + bytes, 0) },
      examples: work.examples ?? 0,
      ...(profiled === undefined ? {} : { profile: profiled }),
    }
  } finally {
    loaded.dispose()
  }
}

async function runEpochs(
  gpu: Gpu,
  loadMnist: BenchmarkOptions['loadMnist'],
  options: MeasureOptions,
): Promise<CaseResult | { name: string; reason: string }> {
  const name = epochName
  let mnist: Mnist
  try {
    mnist = await loadMnist()
  } catch (error) {
    if (error instanceof DataError) return { name, reason: error.message }
    throw error
  }
  const epochs = await measureEpochs(gpu, mnist, options)
  return { name, ...epochs, dispatches: [], slots: { count: 0, bytes: 0 } }
}

/** The fastest samples: what disturbs them is no part of a peak. */
function peaksOf(results: readonly CaseResult[]): Peaks {
  const fastest = ({ name }: Case): CaseResult & { readonly seconds: number } => {
    const result = results.find((one) => one.name === name)
    if (result === undefined) throw new RangeError(`${name} was not measured`)
    return { ...result, seconds: Math.min(...result.samples.map(secondsOnDevice)) }
  }
  const perSecond = (one: Case, key: 'flops' | 'bytes'): number => {
    const { dispatches, seconds } = fastest(one)
    return dispatches.reduce((sum, dispatch) => sum + dispatch[key], 0) / seconds
  }
  return {
    flopsPerSecond: perSecond(peakCases.fma, 'flops'),
    loadBytesPerSecond: perSecond(peakCases.load, 'bytes'),
    storeBytesPerSecond: perSecond(peakCases.store, 'bytes'),
    dispatchSeconds: fastest(peakCases.dispatch).seconds,
  }
}
