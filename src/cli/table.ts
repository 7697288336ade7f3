/** Numbers for people: one form for each kind of number, tables for the terminal. */

/** `97.98 %`; a dash where there is none. */
export function formatPercent(share: number | null | undefined): string {
  return share === null || share === undefined || Number.isNaN(share) ? '–' : `${(100 * share).toFixed(2)} %`
}

/** `0.0684`. */
export function formatLoss(loss: number): string {
  return loss !== 0 && Math.abs(loss) < 1e-3 ? loss.toExponential(2) : loss.toFixed(4)
}

/** `60,000`. */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString('en-US')
}

/** `4.2 s`, `3 min 05 s`. */
export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–'
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`
}

/** Columns two spaces apart, the first to the left, numbers to the right. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)))
  return rows.map((row) => alignRow(row, widths)).join('\n')
}

/** One row of a table whose widths are known beforehand. */
export function alignRow(row: readonly string[], widths: readonly number[]): string {
  const cells = row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
  return cells.join('  ').trimEnd()
}
