// Load hook: a matrix in memory, four neighbouring columns at a time.

override B_COLUMNS: u32; // a multiple of 4

@group(0) @binding(0) var<storage, read> b: array<vec4f>; // [rows, B_COLUMNS] f32

fn start_read_b4(row: u32) -> u32 {
  return row * (B_COLUMNS / 4);
}

fn load4_read_b4(start: u32, quad: u32) -> vec4f {
  return b[start + quad];
}
