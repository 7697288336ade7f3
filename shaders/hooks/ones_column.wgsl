// Adjusts what a load hook returns: one column more, of ones. [x, 1]ᵀ · gradient has the bias gradient as last row.

override ONES_COLUMN: u32; // the columns that the matrix itself has

fn adjust_ones_column(value: f32, column: u32) -> f32 {
  return select(value, 1.0, column == ONES_COLUMN);
}

fn adjust4_ones_column(value: vec4f, column: u32) -> vec4f {
  if (ONES_COLUMN % 4 == 0) { return vec4f(select(value.x, 1.0, column == ONES_COLUMN), value.yzw); }
  return select(value, vec4f(1), column + vec4u(0, 1, 2, 3) == vec4u(ONES_COLUMN));
}
