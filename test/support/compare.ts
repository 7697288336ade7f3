/**
 * The judgement of the oracle tests: how far a kernel's f32 result is from its float64 twin's. One number for a whole
 * tensor, its error relative in norm, instead of a tolerance per element that small elements would fail by chance.
 */
import { unwrittenBits } from './guards.ts'

/**
 * ‖actual − expected‖₂ / ‖expected‖₂, or ‖actual‖₂ where all of expected is 0. Where either is NaN or infinite the
 * other must be the same, or the error is infinite.
 *
 * @throws Error if the lengths differ.
 */
export function relativeError(actual: Float32Array, expected: Float64Array): number {
  if (actual.length !== expected.length) {
    throw new Error(`${actual.length} elements, but ${expected.length} are expected`)
  }
  const error = norm(expected.map((e, i) => distance(actual[i]!, e)))
  return error / scale(expected)
}

/**
 * Asserts that `relativeError(actual, expected)` is at most `tolerance`.
 *
 * @throws Error with the error, the number of bad elements and a table of actual and expected around the first of
 * them, placed by row and column where `columns` tells the width of a row.
 *
 * @example
 * expectClose(actual, matmul({ a, b, M, N, K }), { tolerance: 1e-6, label: 'matmul 3×5 by 5×2', columns: N })
 */
export function expectClose(
  actual: Float32Array,
  expected: Float64Array,
  {
    tolerance,
    label,
    columns,
  }: { readonly tolerance: number; readonly label: string; readonly columns?: number },
): void {
  const error = relativeError(actual, expected)
  if (error <= tolerance) return

  // If no element were further off than this share, the norm would be within the tolerance: so at least one is.
  const share = (tolerance * scale(expected)) / Math.sqrt(expected.length)
  const bad = [...expected.keys()].filter((i) => distance(actual[i]!, expected[i]!) > share)
  const first = bad[0] ?? 0
  const place =
    columns === undefined ? '' : ` (row ${Math.floor(first / columns)}, column ${first % columns})`
  const failure = new Error(
    `${label}: relative error ${error.toExponential(2)}, tolerance ${tolerance.toExponential(2)}; ` +
      `${bad.length} of ${expected.length} elements are off, the first at ${first}${place}\n` +
      table(actual, expected, new Set(bad), first),
  )
  Error.captureStackTrace(failure, expectClose) // so that the runner shows the line of the test
  throw failure
}

function norm(x: Float64Array): number {
  return Math.sqrt(x.reduce((sum, value) => sum + value ** 2, 0))
}

/** What an error is relative to: the norm of the finite elements, 1 where that is 0. */
function scale(expected: Float64Array): number {
  return norm(expected.filter(Number.isFinite)) || 1
}

function distance(actual: number, expected: number): number {
  if (Object.is(actual, expected)) return 0
  return Number.isFinite(actual) && Number.isFinite(expected) ? Math.abs(actual - expected) : Infinity
}

function table(
  actual: Float32Array,
  expected: Float64Array,
  bad: ReadonlySet<number>,
  first: number,
): string {
  const begin = Math.max(0, first - 2)
  const shown = [...expected.keys()].slice(begin, begin + 8)
  const rows = [
    ['index', ...shown.map(String)],
    ['actual', ...shown.map((i) => show(actual, i))],
    ['', ...shown.map((i) => (bad.has(i) ? '✗' : ''))],
    ['expected', ...shown.map((i) => digits(expected[i]!))],
  ]
  return rows
    .map(([name, ...cells]) => `${name!.padEnd(9)}${cells.map((cell) => cell.padStart(14)).join('')}`)
    .join('\n')
}

function show(actual: Float32Array, i: number): string {
  const bits = new Uint32Array(actual.buffer, actual.byteOffset, actual.length)[i]
  return bits === unwrittenBits ? 'unwritten' : digits(actual[i]!)
}

/** Nine digits tell every f32 from its neighbours. */
function digits(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(9))) : String(value)
}
