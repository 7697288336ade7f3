// Store hook: adds a matrix of the same shape.

@group(0) @binding(0) var<storage, read> addend: array<f32>; // [M, N] f32

fn store_add(value: f32, row: u32, column: u32, index: u32) -> f32 {
  return value + addend[index];
}
