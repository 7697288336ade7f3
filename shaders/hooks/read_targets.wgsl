// Load hook: a matrix in memory.

override TARGETS_COLUMNS: u32;

@group(0) @binding(0) var<storage, read> targets: array<f32>; // [rows, TARGETS_COLUMNS] f32

fn start_read_targets(row: u32) -> u32 {
  return row * TARGETS_COLUMNS;
}

fn load_read_targets(start: u32, column: u32) -> f32 {
  return targets[start + column];
}
