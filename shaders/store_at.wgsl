// Part of the kernels that make four neighbouring columns of a row at a time: stores them one by one.

// The first of them lies at `index` in out, in whose rows there are so many columns.
fn store_at(index: u32, values: vec4f, row: u32, column: u32, columns: u32) {
  if (row >= M || column >= columns) { return; }
  out[index] = store(values.x, row, column, index);
  if (column + 1 < columns) { out[index + 1] = store(values.y, row, column + 1, index + 1); }
  if (column + 2 < columns) { out[index + 2] = store(values.z, row, column + 2, index + 2); }
  if (column + 3 < columns) { out[index + 3] = store(values.w, row, column + 3, index + 3); }
}
