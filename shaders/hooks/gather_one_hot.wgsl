// Load hook: the one-hot rows of a batch of resident class numbers.

@group(0) @binding(0) var<storage, read> labels: array<u32>;      // [examples] u32
@group(0) @binding(1) var<storage, read> permutation: array<u32>; // [examples] u32

fn start_gather_one_hot(row: u32) -> u32 {
  return labels[permutation[min(step.begin + row, arrayLength(&permutation) - 1)]];
}

fn load_gather_one_hot(start: u32, column: u32) -> f32 {
  return select(0.0, 1.0, column == start);
}
