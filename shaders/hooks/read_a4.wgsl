// Load hook: a matrix in memory, four neighbouring columns at a time.

override A_COLUMNS: u32; // a multiple of 4

@group(0) @binding(0) var<storage, read> a: array<vec4f>; // [rows, A_COLUMNS] f32

fn start_read_a4(row: u32) -> u32 {
  return row * (A_COLUMNS / 4);
}

fn load4_read_a4(start: u32, quad: u32) -> vec4f {
  return a[start + quad];
}
