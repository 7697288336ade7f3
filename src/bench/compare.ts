/** Whether a second run of the benchmark is faster than a first: a significance test for each case. */
import { DataError, OptionError } from '../errors.ts'
import { type RatioEstimate, estimateRatio, mannWhitney } from './statistics.ts'
import { isRecord } from '../records.ts'

/**
 * FAST, SLOW: significantly so, by more than the threshold. SAME: within the threshold, with 99 % confidence. UNCLEAR:
 * the samples spread too much, or are too few, to tell.
 */
export type Verdict = 'FAST' | 'SLOW' | 'SAME' | 'UNCLEAR'

export interface CaseComparison extends RatioEstimate {
  readonly name: string
  readonly verdict: Verdict
  /** Of the test of Mann and Whitney, two-sided. */
  readonly p: number
}

export interface Comparison {
  readonly cases: readonly CaseComparison[]
  /** Names of cases that only one of the reports has, or that are wrong in one. */
  readonly unmatched: readonly string[]
}

export interface CompareOptions {
  /** The least change that matters, as a share of the time. Default 0.05. */
  readonly threshold?: number
  /** Compares reports of different adapters too. Default false. */
  readonly acrossAdapters?: boolean
}

/** What a comparison reads of a report. */
export interface ComparableReport {
  readonly adapter: string
  /** Wall times of the samples of each case that was right, in one unit. */
  readonly samples: ReadonlyMap<string, readonly number[]>
}

/**
 * Compares the wall times of the cases that both reports have.
 *
 * @throws OptionError where the adapters differ and nothing admits that
 * @throws DataError where the reports have no case in common
 * @example
 * compareReports(parseReport(before, 'before.json'), parseReport(after, 'after.json')).cases
 */
export function compareReports(
  before: ComparableReport,
  after: ComparableReport,
  { threshold = 0.05, acrossAdapters = false }: CompareOptions = {},
): Comparison {
  if (before.adapter !== after.adapter && !acrossAdapters) {
    throw new OptionError(
      `the adapters differ: '${before.adapter}' and '${after.adapter}'; to compare them none the less: --across-adapters`,
    )
  }
  const cases: CaseComparison[] = []
  for (const [name, a] of before.samples) {
    const b = after.samples.get(name)
    if (b !== undefined) cases.push({ name, ...judge(a, b, threshold) })
  }
  if (cases.length === 0) throw new DataError('the reports have no case in common')
  const matched = new Set(cases.map(({ name }) => name))
  const names = new Set([...before.samples.keys(), ...after.samples.keys()])
  return { cases, unmatched: [...names].filter((name) => !matched.has(name)) }
}

/** Below this a difference is significant. */
const significance = 0.01

function judge(
  before: readonly number[],
  after: readonly number[],
  threshold: number,
): Omit<CaseComparison, 'name'> {
  const { p } = mannWhitney(before, after)
  const estimate = estimateRatio(before, after)
  const [least, most] = [1 / (1 + threshold), 1 + threshold]
  const differs = p < significance
  const verdict =
    differs && estimate.ratio > most
      ? 'SLOW'
      : differs && estimate.ratio < least
        ? 'FAST'
        : estimate.low >= least && estimate.high <= most
          ? 'SAME'
          : 'UNCLEAR'
  return { ...estimate, p, verdict }
}

/**
 * Reads what `wgrad bench --json` wrote.
 *
 * @param name what errors call it
 * @throws DataError where the text is no such report
 */
export function parseReport(text: string, name: string): ComparableReport {
  const { context, benchmarks } = parseObject(text, name)
  const adapter = isRecord(context) && isRecord(context.adapter) ? context.adapter.name : undefined
  if (typeof adapter !== 'string' || !Array.isArray(benchmarks)) {
    throw new DataError(
      `${name}: it has no context.adapter.name or no benchmarks; was it written by wgrad bench --json?`,
    )
  }
  const samples = new Map<string, number[]>()
  for (const entry of benchmarks as unknown[]) {
    if (!isRecord(entry) || entry.run_type !== 'iteration' || entry.error_occurred === true) continue
    const { run_name: caseName, real_time: time, time_unit: unit } = entry
    if (typeof caseName !== 'string' || typeof time !== 'number' || !(time > 0) || unit !== 'us') {
      throw new DataError(
        `${name}: a sample of ${String(caseName)} has real_time ${String(time)} and time_unit ${String(unit)}, ` +
          'expected a time above 0 in us',
      )
    }
    samples.set(caseName, [...(samples.get(caseName) ?? []), time])
  }
  return { adapter, samples }
}

function parseObject(text: string, name: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (isRecord(value)) return value
  } catch {
    // The error below says all that there is to say.
  }
  throw new DataError(`${name}: it is not a JSON object; was it written by wgrad bench --json?`)
}
