/** Loss and accuracy as they come: raw and smoothed by step, and for training and validation by epoch. */
import { effect } from '@preact/signals-core'
import { type Points, joinColumns, smoothen, thin } from '../../src/cli/columns.ts'
import { type Columns, type LineChart, lineChart } from '../charts/lineChart.ts'
import { byId, make } from '../dom.ts'
import { formatCount, formatLoss, formatShare, significant } from '../format.ts'
import type { RunRecord } from '../record.ts'
import { record, report } from '../session.ts'

export interface Curves {
  readonly loss: LineChart
  readonly accuracy: LineChart
}

export function curvesPanel(): Curves {
  const loss = lineChart(byId('loss-chart', HTMLElement), {
    yLabel: 'nats per example',
    scale: 'logarithmic',
    format: significant,
    lines: [
      { label: 'steps', color: '--hit', kind: 'faint' },
      { label: 'smoothed', color: '--hit', kind: 'line' },
      { label: 'validation', color: '--miss', kind: 'points' },
    ],
  })
  const accuracy = lineChart(byId('accuracy-chart', HTMLElement), {
    yLabel: '% right',
    scale: 'linear',
    format: (value) => String(Number(value.toFixed(2))),
    lines: [
      { label: 'steps', color: '--hit', kind: 'faint' },
      { label: 'smoothed', color: '--hit', kind: 'line' },
      { label: 'by epoch', color: '--hit', kind: 'points' },
      { label: 'validation', color: '--miss', kind: 'points' },
    ],
  })
  let frame = 0
  effect(() => {
    const shown = record.value
    const stepsPerEpoch = stepsPerEpochOf(shown, report.value)
    // Several reports of one frame are drawn once, and each chart in a frame of its own, so that neither holds up input.
    cancelAnimationFrame(frame)
    frame = requestAnimationFrame(() => {
      loss.draw(lossColumns(shown, stepsPerEpoch))
      frame = requestAnimationFrame(() => {
        accuracy.draw(accuracyColumns(shown, stepsPerEpoch))
      })
    })
  })
  effect(showEpochs)
  return { loss, accuracy }
}

type Totals = { readonly totalSteps: number; readonly epochs: number } | undefined

function stepsPerEpochOf({ losses, history }: RunRecord, totals: Totals): number {
  return totals === undefined
    ? losses.length / Math.max(1, history.length)
    : totals.totalSteps / totals.epochs
}

/** More would not show on a screen. */
const mostPoints = 500

function lossColumns({ losses, history }: RunRecord, stepsPerEpoch: number): Columns {
  return joinColumns([
    ...rawAndSmooth(losses),
    epochPoints(history, stepsPerEpoch, ({ validation }) => validation?.loss),
  ])
}

function accuracyColumns({ accuracies, history }: RunRecord, stepsPerEpoch: number): Columns {
  const percent = (share: number | null = null): number | undefined =>
    share === null ? undefined : 100 * share
  return joinColumns([
    ...rawAndSmooth(accuracies.map((share) => 100 * share)),
    epochPoints(history, stepsPerEpoch, ({ accuracy }) => percent(accuracy)),
    epochPoints(history, stepsPerEpoch, ({ validation }) => percent(validation?.accuracy)),
  ])
}

function rawAndSmooth(values: readonly number[]): [Points, Points] {
  const size = Math.max(1, Math.ceil(values.length / mostPoints))
  const steps = thin(
    values.map((_, i) => i + 1),
    size,
  )
  const raw = thin(values, size)
  const byStep = (of: readonly number[]): Points =>
    new Map(of.map((value, i) => [Math.round(steps[i] ?? 0), value]))
  return [byStep(raw), byStep(smoothen(raw, raw.length / 40))]
}

type Epoch = RunRecord['history'][number]

function epochPoints(
  history: readonly Epoch[],
  stepsPerEpoch: number,
  valueOf: (epoch: Epoch) => number | undefined,
): Map<number, number> {
  return new Map(
    history.flatMap((epoch): [number, number][] => {
      const value = valueOf(epoch)
      return value === undefined ? [] : [[Math.round(epoch.epoch * stepsPerEpoch), value]]
    }),
  )
}

function showEpochs(): void {
  const rows = record.value.history.map((epoch) =>
    make(
      'tr',
      {},
      make('th', { scope: 'row', textContent: String(epoch.epoch) }),
      ...[
        formatLoss(epoch.loss),
        formatShare(epoch.accuracy),
        formatLoss(epoch.validation?.loss),
        formatShare(epoch.validation?.accuracy),
        formatCount(epoch.samplesPerSecond),
        significant(epoch.learningRate),
      ].map((textContent) => make('td', { textContent })),
    ),
  )
  const empty = make('tr', {}, make('td', { colSpan: 7, textContent: 'No epoch is done yet.' }))
  const body = byId('epochs', HTMLTableElement).tBodies[0]
  body?.replaceChildren(...(rows.length > 0 ? rows : [empty]))
  const frame = byId('epochs', HTMLTableElement).parentElement
  frame?.scrollTo({ top: frame.scrollHeight })
}
