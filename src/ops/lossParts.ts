/** The metrics of a loss come in parts, since its workgroups sum over their own rows of the batch alone. */
import { ROWS } from '../generated/parts/loss_rows.ts'

/** Rows over which a loss sums by itself, as a workgroup takes them: a part of the metrics of a step. */
export const rowsOfLossPart = ROWS

/** In how many parts the metrics of a batch come. */
export function lossParts(batchSize: number): number {
  return Math.ceil(batchSize / rowsOfLossPart)
}
