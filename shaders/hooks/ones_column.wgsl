// Adjusts what a load hook returns: one column more, of ones. [x, 1]ᵀ · gradient has the bias gradient as last row.

override ONES_COLUMN: u32; // the columns that the matrix itself has

fn adjust_ones_column(value: f32, column: u32) -> f32 {
  return select(value, 1.0, column == ONES_COLUMN);
}
