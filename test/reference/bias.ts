/** Twin of bias.wgsl: one row added to every row. Its gradient is column_sum. */

/** output [M, N] = input + row */
export function bias({
  input,
  row,
  N,
}: {
  readonly input: Float64Array // [M, N]
  readonly row: Float64Array // [N]
  readonly N: number
}): Float64Array {
  return input.map((x, i) => x + row[i % N]!)
}
