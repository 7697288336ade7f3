/** The curves of the report as plain data; reportPage.ts draws them. */
import type { EpochReport } from '../train/types.ts'
import { type Points, joinColumns, smoothen, thin } from './columns.ts'

/** A chart with columns for uPlot: x, then one per series; null where a series has no value. */
export interface Chart {
  /** Of the element that it is drawn into. */
  readonly id: string
  readonly xLabel: string
  readonly yLabel: string
  readonly xRange: readonly [number, number]
  readonly yRange: readonly [number, number]
  readonly scale: 'logarithmic' | 'percent'
  readonly columns: readonly (readonly (number | null)[])[]
  readonly series: readonly Series[]
}

export interface Series {
  readonly label: string
  /** A custom property of the page's style. */
  readonly color: string
  readonly kind: 'faint' | 'line' | 'points'
}

/** Loss by step: as it was and smoothed, with the validation loss where there is one. */
export function lossChart(losses: Float32Array, history: readonly EpochReport[]): Chart {
  const positive = Array.from(losses, (loss) => Math.max(loss, LEAST_LOSS))
  const size = Math.ceil(positive.length / MOST_POINTS)
  const steps = thin(
    positive.map((_, i) => i + 1),
    size,
  ).map(Math.round)
  const byStep = (values: readonly number[]): Points =>
    new Map(thin(values, size).map((value, i) => [steps[i] ?? 0, value]))
  const validation: Points = new Map(
    history.flatMap(({ epoch, epochs, validation }): [number, number][] =>
      validation === undefined ? [] : [[Math.round((epoch * losses.length) / epochs), validation.loss]],
    ),
  )
  const columns = joinColumns([
    byStep(positive),
    byStep(smoothen(positive, positive.length / 60)),
    ...(validation.size > 0 ? [validation] : []),
  ])
  return {
    id: 'loss',
    xLabel: 'step',
    yLabel: 'loss, nats per example (log scale)',
    xRange: [0, losses.length],
    yRange: [0.8 * leastOf(columns.slice(1)), 1.25 * mostOf(columns.slice(1))],
    scale: 'logarithmic',
    columns,
    series: [
      { label: size > 1 ? `each ${size} steps` : 'each step', color: '--hit', kind: 'faint' },
      { label: 'smoothed', color: '--hit', kind: 'line' },
      ...(validation.size > 0 ? [{ label: 'validation', color: '--miss', kind: 'points' } as const] : []),
    ],
  }
}

/** Accuracy by epoch in percent: training, validation where there is one, the test at the end. */
export function accuracyChart(history: readonly EpochReport[], test: number | null): Chart {
  const pointsOf = (shareOf: (report: EpochReport) => number | null | undefined): Points =>
    new Map(
      history.flatMap((report): [number, number][] => {
        const share = shareOf(report)
        return share === null || share === undefined ? [] : [[report.epoch, 100 * share]]
      }),
    )
  const validation = pointsOf((report) => report.validation?.accuracy)
  const columns = joinColumns([
    pointsOf(({ accuracy }) => accuracy),
    ...(validation.size > 0 ? [validation] : []),
    pointsOf(({ epoch }) => (epoch === history.length ? test : null)),
  ])
  const [low, high] = [leastOf(columns.slice(1)), mostOf(columns.slice(1))]
  const room = Math.max(high - low, 1) / 8
  return {
    id: 'accuracy',
    xLabel: 'epoch',
    yLabel: 'accuracy, %',
    xRange: [0, history.length],
    yRange: [Math.max(0, low - room), Math.min(100, high + room)],
    scale: 'percent',
    columns,
    series: [
      { label: 'training', color: '--hit', kind: 'line' },
      ...(validation.size > 0 ? [{ label: 'validation', color: '--miss', kind: 'line' } as const] : []),
      { label: 'test', color: '--ink', kind: 'points' },
    ],
  }
}

/** More would not show on a screen. */
const MOST_POINTS = 1200
/** A loss of 0 has no logarithm. */
const LEAST_LOSS = 1e-6

function leastOf(columns: readonly (readonly (number | null)[])[]): number {
  return columns.flat().reduce<number>((least, y) => (y === null ? least : Math.min(least, y)), Infinity)
}

function mostOf(columns: readonly (readonly (number | null)[])[]): number {
  return columns.flat().reduce<number>((most, y) => (y === null ? most : Math.max(most, y)), -Infinity)
}
