/** Finds in an assembly the loop that does the work, and counts the memory accesses of lines. */

/**
 * The lines of the outermost loop around the innermost loop with the most multiply-adds; all lines where there is no
 * loop with any: a short one is unrolled.
 *
 * @param {string[]} lines
 * @param {{ jump: (line: string) => { label?: string, to?: string }, isMultiplyAdd: (line: string) => boolean }} syntax
 */
export function mainLoop(lines, { jump, isMultiplyAdd }) {
  const labels = new Map()
  const loops = []
  lines.forEach((line, end) => {
    const { label, to } = jump(line)
    if (label !== undefined) labels.set(label, end)
    const start = labels.get(to)
    if (start !== undefined) loops.push({ start, end })
  })
  const holds = (outer, inner) => outer !== inner && outer.start <= inner.start && inner.end <= outer.end
  const work = ({ start, end }) => lines.slice(start, end).filter(isMultiplyAdd).length
  const [inner] = loops
    .filter((loop) => work(loop) > 0 && !loops.some((other) => holds(loop, other)))
    .sort((a, b) => work(b) - work(a))
  if (inner === undefined) return lines
  const outer = loops.filter((loop) => holds(loop, inner)).sort((a, b) => a.start - b.start)[0] ?? inner
  return lines.slice(outer.start, outer.end)
}

/**
 * How many accesses there are of each size: `{ 16: 8, 4: 1 }`.
 *
 * @param {string[]} lines
 * @param {(line: string) => number | undefined} bytesOf
 */
export function tally(lines, bytesOf) {
  const counts = {}
  for (const bytes of lines.map(bytesOf)) {
    if (bytes !== undefined) counts[bytes] = (counts[bytes] ?? 0) + 1
  }
  return counts
}
