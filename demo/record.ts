/** What a run has done so far: the worker keeps it with the model, the page draws it. */
import type { EpochReport, StepReport } from '../src/index.ts'

export interface RunRecord {
  /** Mean loss of each step. */
  readonly losses: readonly number[]
  /** Share of right answers of each step. */
  readonly accuracies: readonly number[]
  readonly history: readonly EpochReport[]
}

export const noRecord: RunRecord = { losses: [], accuracies: [], history: [] }

/** With a report more. After a lost device steps are done again: what they said before gives way. */
export function withReport(record: RunRecord, { step, epoch, losses, accuracies }: StepReport): RunRecord {
  const before = step - losses.length
  return {
    losses: [...record.losses.slice(0, before), ...losses],
    accuracies: [...record.accuracies.slice(0, before), ...(accuracies ?? [])],
    history: record.history.slice(0, epoch - 1),
  }
}

/** With an epoch more. */
export function withEpoch(record: RunRecord, report: EpochReport): RunRecord {
  return { ...record, history: [...record.history.slice(0, report.epoch - 1), report] }
}
