// Store hook: adds a row vector to every row.

@group(0) @binding(0) var<storage, read> bias: array<f32>; // [N] f32

fn store_bias(value: f32, row: u32, column: u32, index: u32) -> f32 {
  return value + bias[column];
}
