/** The tables of a run as CSV, for the folder of a run and for the page. */
import type { EpochReport } from '../train/types.ts'

/** A row per epoch; empty cells where there is no validation. */
export function epochsCsv(history: readonly EpochReport[]): string {
  const header =
    'epoch,loss,accuracy,validation_loss,validation_accuracy,learning_rate,seconds,samples_per_second'
  const rows = history.map((report) => [
    report.epoch,
    report.loss,
    report.accuracy,
    report.validation?.loss,
    report.validation?.accuracy,
    report.learningRate,
    report.seconds,
    report.samplesPerSecond,
  ])
  return csv(header, rows)
}

/** A row per step. */
export function lossesCsv(losses: Float32Array): string {
  return csv(
    'step,loss',
    Array.from(losses, (loss, i) => [i + 1, loss]),
  )
}

type Cell = number | null | undefined

function csv(header: string, rows: readonly (readonly Cell[])[]): string {
  const lines = rows.map((row) => row.map((cell) => (cell ?? '').toString()).join(','))
  return `${[header, ...lines].join('\n')}\n`
}
