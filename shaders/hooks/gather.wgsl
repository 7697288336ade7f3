// Load hook: a batch of the resident dataset, bytes 0 to 255 normalised to 0 to 1.

override FEATURES: u32; // bytes of an example

@group(0) @binding(0) var<storage, read> dataset: array<u32>;     // [examples, FEATURES] u8, four to a word
@group(0) @binding(1) var<storage, read> permutation: array<u32>; // [examples] u32

fn start_gather(row: u32) -> u32 {
  return permutation[min(step.begin + row, arrayLength(&permutation) - 1)] * FEATURES;
}

fn load_gather(start: u32, column: u32) -> f32 {
  let at = start + column;
  return unpack4x8unorm(dataset[at / 4])[at % 4];
}
