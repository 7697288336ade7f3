/** The plan as people read it: in reports, in the README, in snapshots of tests. */
import type { Dispatch, Plan } from './plan.ts'
import { formatShape } from './value.ts'

/** A dispatch as it is told: what it does, and how much. */
export interface PlannedDispatch {
  /** `dense_1: matmul(gather, b) → bias → relu`. */
  readonly name: string
  /** Shape of the result. */
  readonly shape: readonly number[]
  /** Of the first pass, where there are two. */
  readonly workgroups: readonly [number, number, number]
  /** Bytes read and written, each operand counted once. */
  readonly bytes: number
  /** Multiplications and additions; an estimate for elementwise functions. */
  readonly flops: number
}

export function plannedDispatch({ label, shape, workgroups, bytes, flops }: Dispatch): PlannedDispatch {
  return { name: label, shape, workgroups, bytes, flops }
}

/** The plan as a table for people. */
export function formatPlan(plan: Plan): string {
  const header = ['dispatch', 'result', 'workgroups', 'bytes', 'flops']
  const rows = plan.dispatches.map((dispatch) => {
    const { name, shape, workgroups, bytes, flops } = plannedDispatch(dispatch)
    const passes = [workgroups, ...(dispatch.sum === undefined ? [] : [dispatch.sum.workgroups])]
    const counts = passes.map((count) => count.join('×')).join(' + ')
    return [name, formatShape(shape), counts, formatCount(bytes), formatCount(flops)]
  })
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
