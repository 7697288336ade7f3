// Store hook: adds a row vector to every row.

@group(0) @binding(0) var<storage, read> bias: array<Stored>; // [N] f32

fn store_bias(value: Stored, row: u32, column: u32, index: u32) -> Stored {
  return value + bias[column];
}
