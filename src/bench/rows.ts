/** Results as rows of text, for the terminal and for a page. */
import { ratesOf } from './report.ts'
import type { Peaks } from './peaks.ts'
import type { ProfiledDispatch, Sample } from './measure.ts'
import { interquartileRange, median } from './statistics.ts'
import type { BenchmarkResults, CaseResult } from './suite.ts'

/** A row of titles, then one for each case. */
export function caseRows({ cases, peaks }: BenchmarkResults): string[][] {
  const header = ['case', 'wall', '±', 'GPU', 'GFLOP/s', 'GB/s', 'of peak', 'examples/s', 'checked against']
  return [header, ...cases.map((result) => caseRow(result, peaks))]
}

/** What the columns of `caseRows` mean. */
export const legend =
  'wall, GPU: median of a repetition, on the host’s and the device’s clock; ±: interquartile range; of peak: the least ' +
  'time that the peaks admit over the time taken'

/** The peaks in one line. */
export function describePeaks(peaks: Peaks): string {
  const { flopsPerSecond, loadBytesPerSecond, storeBytesPerSecond, dispatchSeconds } = peaks
  const bandwidth = `loads ${giga(loadBytesPerSecond)} GB/s, stores ${giga(storeBytesPerSecond)} GB/s`
  return `peaks: ${giga(flopsPerSecond)} GFLOP/s, ${bandwidth}, a dispatch ${formatTime(dispatchSeconds)}`
}

/** A row of titles, one for each dispatch, and their sum beside the step as it runs when nothing looks. */
export function profileRows(profile: readonly ProfiledDispatch[], samples: readonly Sample[]): string[][] {
  const total = profile.reduce((sum, { gpuSeconds }) => sum + gpuSeconds, 0)
  const rows = profile.map(({ label, gpuSeconds, flops, bytes }) => [
    label,
    formatTime(gpuSeconds),
    formatShare(gpuSeconds / total),
    giga(flops / gpuSeconds),
    giga(bytes / gpuSeconds),
  ])
  const plain = median(samples.map(({ gpuSeconds }) => gpuSeconds ?? NaN))
  return [
    ['dispatch', 'GPU', 'share', 'GFLOP/s', 'GB/s'],
    ...rows,
    [`all, in passes of their own (in one pass ${formatTime(plain)})`, formatTime(total), '', '', ''],
  ]
}

function caseRow(result: CaseResult, peaks: Peaks): string[] {
  const { name, samples, examples, check } = result
  const wall = samples.map(({ wallSeconds }) => wallSeconds)
  const gpu = samples.map(({ gpuSeconds }) => gpuSeconds).filter((seconds) => seconds !== null)
  const rates = ratesOf(result, peaks)
  return [
    name,
    formatTime(median(wall)),
    formatShare(interquartileRange(wall) / median(wall)),
    gpu.length === 0 ? '–' : formatTime(median(gpu)),
    rates === undefined ? '–' : giga(rates.flopsPerSecond),
    rates === undefined ? '–' : giga(rates.bytesPerSecond),
    rates === undefined ? '–' : formatShare(rates.roofline),
    examples === 0 ? '–' : Math.round(examples / median(wall)).toLocaleString('en-US'),
    `${check.against}: ${check.ok ? 'right' : 'WRONG'} (${check.error.toExponential(0)})`,
  ]
}

/** Three digits: `12.3 µs`. */
function formatTime(seconds: number): string {
  if (seconds < 1e-3) return `${(1e6 * seconds).toPrecision(3)} µs`
  return seconds < 1 ? `${(1e3 * seconds).toPrecision(3)} ms` : `${seconds.toPrecision(3)} s`
}

function formatShare(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`
}

function giga(perSecond: number): string {
  if (perSecond === 0) return '–'
  const value = perSecond / 1e9
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(2)
}
