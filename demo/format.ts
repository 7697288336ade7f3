/** Numbers as the page writes them. */

const counts = new Intl.NumberFormat('en-US')

/** `101,770` */
export function formatCount(value: number): string {
  return counts.format(Math.round(value))
}

/** `97.86 %` */
export function formatShare(share: number | null | undefined, digits = 2): string {
  return share === null || share === undefined ? '–' : `${(100 * share).toFixed(digits)} %`
}

/** `0.0731` */
export function formatLoss(loss: number | undefined): string {
  return loss === undefined ? '–' : loss.toFixed(4)
}

/** `1:07`, `0:04` */
export function formatClock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}

/** `7.4 ms`, `12 µs` */
export function formatDuration(seconds: number): string {
  if (seconds >= 1) return `${seconds.toFixed(1)} s`
  return seconds >= 1e-3 ? `${significant(seconds * 1e3)} ms` : `${significant(seconds * 1e6)} µs`
}

/** `11.2 MB` */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  return bytes < 1e6 ? `${significant(bytes / 1e3)} kB` : `${significant(bytes / 1e6)} MB`
}

/** Three digits: `0.012`, `9.87`, `1,234`. */
export function significant(value: number): string {
  return value >= 100 ? formatCount(value) : String(Number(value.toPrecision(3)))
}
