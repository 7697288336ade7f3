/** The plan as people read it: in reports, in the README, in snapshots of tests. */
import type { Plan } from './plan.ts'
import { formatShape } from './value.ts'

/** The plan as a table for people. */
export function formatPlan(plan: Plan): string {
  const header = ['dispatch', 'result', 'workgroups', 'bytes', 'flops']
  const rows = plan.dispatches.map(({ label, shape, workgroups, sum, bytes, flops }) => [
    label,
    formatShape(shape),
    [workgroups, ...(sum === undefined ? [] : [sum.workgroups])].map((count) => count.join('×')).join(' + '),
    formatCount(bytes),
    formatCount(flops),
  ])
  const total = (key: 'bytes' | 'flops'): string =>
    formatCount(plan.dispatches.reduce((sum, dispatch) => sum + dispatch[key], 0))
  rows.push([`${rows.length} dispatches, ${plan.slots.length} slots`, '', '', total('bytes'), total('flops')])
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)))
  return [header, ...rows]
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
        .join('  '),
    )
    .map((line) => line.trimEnd())
    .join('\n')
}

const units = ['', ' k', ' M', ' G', ' T']

function formatCount(count: number): string {
  const unit = count === 0 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(count) / 3))
  return unit === 0 ? String(count) : `${(count / 1000 ** unit).toPrecision(3)}${units[unit] ?? ''}`
}
