/**
 * Results as the JSON of google/benchmark, which its tools read: an entry of run_type "iteration" for each sample, then
 * aggregates of each case. https://github.com/google/benchmark/blob/main/docs/user_guide.md#output-formats
 */
import type { AdapterDescription } from '../gpu/device.ts'
import type { Sample } from './measure.ts'
import { type Peaks, rooflineSeconds } from './peaks.ts'
import { interquartileRange, median } from './statistics.ts'
import { type BenchmarkResults, type CaseResult, deviceSeconds } from './suite.ts'

export interface BenchmarkReport {
  readonly context: BenchmarkContext
  readonly benchmarks: readonly BenchmarkEntry[]
  /** Of each case that was profiled, the microseconds of each dispatch. */
  readonly profiles?: Readonly<
    Record<string, readonly { readonly label: string; readonly gpu_time: number }[]>
  >
}

/** What the caller knows of the machine. */
export interface MachineContext {
  readonly adapter: AdapterDescription
  /** Null where a version is not known. */
  readonly versions: Readonly<Record<string, string | null>>
  /** Of the source, `-dirty` behind it where it was changed; null outside a repository. */
  readonly commit: string | null
  readonly [more: string]: unknown
}

export interface BenchmarkContext extends MachineContext {
  /** ISO 8601. */
  readonly date: string
  readonly peaks: Peaks
  /** The kernels that the plans chose, by case. */
  readonly variants: Readonly<Record<string, readonly string[]>>
  readonly skipped: BenchmarkResults['skipped']
}

/** One sample, or an aggregate of all; times are microseconds of a repetition. */
export interface BenchmarkEntry {
  readonly name: string
  readonly run_name: string
  readonly run_type: 'iteration' | 'aggregate'
  readonly aggregate_name?: 'median' | 'iqr'
  readonly aggregate_unit?: 'time'
  readonly repetitions: number
  readonly repetition_index?: number
  readonly threads: 1
  /** Repetitions in a sample; of an aggregate, samples. */
  readonly iterations: number
  readonly real_time: number
  /** Of this the host's encoding and submitting; 0 where that cannot be told apart. */
  readonly cpu_time: number
  readonly time_unit: 'us'
  /** Where the device has a clock. */
  readonly gpu_time?: number
  readonly error_occurred?: true
  readonly error_message?: string
  /** Counters, of medians alone. */
  readonly [counter: string]: unknown
}

export function makeReport(results: BenchmarkResults, machine: MachineContext): BenchmarkReport {
  const { cases, peaks, skipped } = results
  const profiled = cases.flatMap(({ name, profile }) => (profile === undefined ? [] : [{ name, profile }]))
  return {
    context: {
      date: new Date().toISOString(),
      ...machine,
      peaks,
      variants: Object.fromEntries(cases.map(({ name, dispatches }) => [name, dispatches.map(kernelOf)])),
      skipped,
    },
    benchmarks: cases.flatMap((result) => entriesOf(result, peaks)),
    ...(profiled.length === 0 ? {} : { profiles: Object.fromEntries(profiled.map(profileOf)) }),
  }
}

const kernelOf = ({ kernel }: CaseResult['dispatches'][number]): string => kernel

const profileOf = ({
  name,
  profile,
}: {
  readonly name: string
  readonly profile: NonNullable<CaseResult['profile']>
}): [string, { label: string; gpu_time: number }[]] => [
  name,
  profile.map(({ label, gpuSeconds }) => ({ label, gpu_time: 1e6 * gpuSeconds })),
]

function entriesOf(result: CaseResult, peaks: Peaks): BenchmarkEntry[] {
  const { name, samples, check } = result
  const repetitions = samples.length
  const common = { run_name: name, repetitions, threads: 1, time_unit: 'us' } as const
  const failure = check.ok ? {} : ({ error_occurred: true, error_message: describeFailure(result) } as const)
  const aggregate = (aggregate_name: 'median' | 'iqr', of: (values: readonly number[]) => number) => ({
    name: `${name}_${aggregate_name}`,
    run_type: 'aggregate' as const,
    aggregate_name,
    aggregate_unit: 'time' as const,
    ...common,
    iterations: samples.length,
    ...times((key) => aggregated(samples, key, of)),
    ...failure,
  })
  return [
    ...samples.map((sample, repetition_index) => ({
      name,
      run_type: 'iteration' as const,
      ...common,
      repetition_index,
      iterations: sample.repetitions,
      ...times((key) => sample[key]),
      ...failure,
    })),
    { ...aggregate('median', median), ...counters(result, peaks) },
    aggregate('iqr', interquartileRange),
  ]
}

type Clock = 'wallSeconds' | 'hostSeconds' | 'gpuSeconds'

function times(seconds: (clock: Clock) => number | null): Pick<BenchmarkEntry, 'real_time' | 'cpu_time'> {
  const gpu = seconds('gpuSeconds')
  return {
    real_time: 1e6 * (seconds('wallSeconds') ?? 0),
    cpu_time: 1e6 * (seconds('hostSeconds') ?? 0),
    ...(gpu === null ? {} : { gpu_time: 1e6 * gpu }),
  }
}

function aggregated(
  samples: readonly Sample[],
  clock: Clock,
  of: (values: readonly number[]) => number,
): number | null {
  const values = samples.map((sample) => sample[clock]).filter((value) => value !== null)
  return values.length === 0 ? null : of(values)
}

/** Of the case and its rates; rates of the device are by its own clock where it has one. */
function counters(result: CaseResult, peaks: Peaks): Readonly<Record<string, unknown>> {
  const { dispatches, slots, check, samples, examples } = result
  const rates = ratesOf(result, peaks)
  return {
    label: dispatches.map(({ label }) => label).join('; '),
    dispatches: dispatches.length,
    slots: slots.count,
    slot_bytes: slots.bytes,
    check_error: check.error,
    check_tolerance: check.tolerance,
    ...(examples === 0
      ? {}
      : { items_per_second: examples / median(samples.map(({ wallSeconds }) => wallSeconds)) }),
    ...(rates === undefined
      ? {}
      : {
          flops_per_second: rates.flopsPerSecond,
          bytes_per_second: rates.bytesPerSecond,
          roofline: rates.roofline,
        }),
  }
}

export interface Rates {
  readonly flopsPerSecond: number
  readonly bytesPerSecond: number
  /** The least time that the device's peaks admit, as a share of the time that it took. */
  readonly roofline: number
}

/** Undefined where the dispatches are not known. */
export function ratesOf({ dispatches, samples }: CaseResult, peaks: Peaks): Rates | undefined {
  if (dispatches.length === 0) return undefined
  const seconds = deviceSeconds(samples)
  const total = (key: 'flops' | 'bytes'): number => dispatches.reduce((sum, one) => sum + one[key], 0)
  return {
    flopsPerSecond: total('flops') / seconds,
    bytesPerSecond: total('bytes') / seconds,
    roofline: rooflineSeconds(dispatches, peaks) / seconds,
  }
}

/** `kernels/…: its result is off by 3.1e-2 of float64, at most 1.0e-4 is rounding`. */
export function describeFailure({ name, check }: CaseResult): string {
  const { error, tolerance, against } = check
  return `${name} is wrong: off by ${error.toExponential(1)} from ${against}, at most ${tolerance.toExponential(1)} is admitted`
}
