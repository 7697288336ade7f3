// store_at.wgsl where all rows lie on whole fours and all hooks take four values: stores the columns at once.

fn store_at(index: u32, values: vec4f, row: u32, column: u32, columns: u32) {
  if (row >= M || column >= columns) { return; }
  out[index / 4] = store(values, row, column / 4, index / 4);
}
