/* global performance */
/**
 * The turn of a contestant that can stop and go on: as many repetitions as take about the time that is asked for, by
 * what the turn before took. The first call warms up.
 * @param {(count: number) => Promise<unknown>} repeat
 */
export function pacedTurn(repeat) {
  let perSecond
  const timed = async (count) => {
    const start = performance.now()
    await repeat(count)
    perSecond = (1000 * count) / (performance.now() - start)
    return perSecond
  }
  return async (seconds) => {
    if (perSecond === undefined) {
      await repeat(1)
      await timed(2)
    }
    return timed(Math.max(2, Math.round(seconds * perSecond)))
  }
}
