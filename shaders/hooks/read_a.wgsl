// Load hook: a matrix in memory.

override A_COLUMNS: u32;

@group(0) @binding(0) var<storage, read> a: array<f32>; // [rows, A_COLUMNS] f32

fn start_read_a(row: u32) -> u32 {
  return row * A_COLUMNS;
}

fn load_read_a(start: u32, column: u32) -> f32 {
  return a[start + column];
}
