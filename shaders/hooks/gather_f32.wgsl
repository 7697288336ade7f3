// Load hook: a batch of resident rows that are numbers already: features or dense targets.

override FEATURES: u32; // columns of a row

@group(0) @binding(0) var<storage, read> dataset: array<f32>;     // [examples, FEATURES] f32
@group(0) @binding(1) var<storage, read> permutation: array<u32>; // [examples] u32

fn start_gather_f32(row: u32) -> u32 {
  return permutation[min(step.begin + row, arrayLength(&permutation) - 1)] * FEATURES;
}

fn load_gather_f32(start: u32, column: u32) -> f32 {
  return dataset[start + column];
}
