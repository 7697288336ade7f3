/**
 * The judgement of oracle tests: how far a kernel's f32 result is from its float64 twin's. One number for a whole tensor,
 * its error relative in norm, instead of a tolerance per element that small elements would fail by chance.
 */

/**
 * The bits of a NaN that nothing computes: fill an output with them before a run, and a table shows each element that no
 * invocation has written.
 *
 * @example
 * const out = new Float32Array(new Uint32Array(12).fill(unwrittenBits).buffer)
 * relativeError(out, new Float64Array(12)) // Infinity
 */
export const unwrittenBits = 0x7fc0dead

/**
 * ‖actual − expected‖₂ / ‖expected‖₂, or ‖actual‖₂ where all of expected is 0. Where either is NaN or infinite the
 * other must be the same, or the error is infinite.
 *
 * @throws Error if the lengths differ
 * @example
 * relativeError(Float32Array.of(3.5, 4), Float64Array.of(3, 4)) // 0.1
 */
export function relativeError(actual: Float32Array, expected: Float64Array): number {
  if (actual.length !== expected.length) {
    throw new Error(`${actual.length} elements, but ${expected.length} are expected`)
  }
  const error = norm(expected.map((e, i) => distance(at(actual, i), e)))
  return error / scale(expected)
}

/**
 * Asserts that `relativeError(actual, expected)` is at most `tolerance`.
 *
 * @throws Error with the error, the number of bad elements and a table of actual and expected around the first of
 * them, placed by row and column where `columns` tells the width of a row
 * @example
 * const actual = Float32Array.of(0.1, 0.2, 0.3, 0.4)
 * expectClose(actual, Float64Array.of(0.1, 0.2, 0.3, 0.4), { tolerance: 1e-6, label: 'tenths', columns: 2 })
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
  const bad = [...expected.keys()].filter((i) => distance(at(actual, i), at(expected, i)) > share)
  const first = bad[0] ?? 0
  const place =
    columns === undefined ? '' : ` (row ${Math.floor(first / columns)}, column ${first % columns})`
  throw new Error(
    `${label}: relative error ${error.toExponential(2)}, tolerance ${tolerance.toExponential(2)}; ` +
      `${bad.length} of ${expected.length} elements are off, the first at ${first}${place}\n` +
      table(actual, expected, new Set(bad), first),
  )
}

/** Lengths are equal. */
function at(values: Float32Array | Float64Array, i: number): number {
  return values[i] ?? NaN
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
  const rows: [name: string, ...cells: string[]][] = [
    ['index', ...shown.map(String)],
    ['actual', ...shown.map((i) => show(actual, i))],
    ['', ...shown.map((i) => (bad.has(i) ? '✗' : ''))],
    ['expected', ...shown.map((i) => digits(at(expected, i)))],
  ]
  return rows
    .map(([name, ...cells]) => `${name.padEnd(9)}${cells.map((cell) => cell.padStart(14)).join('')}`)
    .join('\n')
}

function show(actual: Float32Array, i: number): string {
  const bits = new Uint32Array(actual.buffer, actual.byteOffset, actual.length)[i]
  return bits === unwrittenBits ? 'unwritten' : digits(at(actual, i))
}

/** Nine digits tell every f32 from its neighbours. */
function digits(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(9))) : String(value)
}
