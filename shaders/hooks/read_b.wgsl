// Load hook: a matrix in memory.

override B_COLUMNS: u32;

@group(0) @binding(0) var<storage, read> b: array<f32>; // [rows, B_COLUMNS] f32

fn start_read_b(row: u32) -> u32 {
  return row * B_COLUMNS;
}

fn load_read_b(start: u32, column: u32) -> f32 {
  return b[start + column];
}
