// Store hook: adds a matrix of the same shape.

@group(0) @binding(0) var<storage, read> addend: array<Stored>; // [M, N] f32

fn store_add(value: Stored, row: u32, column: u32, index: u32) -> Stored {
  return value + addend[index];
}
