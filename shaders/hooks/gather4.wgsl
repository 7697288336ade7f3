// Load hook: a batch of the resident dataset, bytes 0 to 255 normalised to 0 to 1, four neighbours at a time.
// The kernel says with UNPACKS whether its device has an instruction for that.

override FEATURES: u32; // bytes of an example, a multiple of 4

@group(0) @binding(0) var<storage, read> dataset: array<u32>;     // [examples, FEATURES] u8, four to a word
@group(0) @binding(1) var<storage, read> permutation: array<u32>; // [examples] u32

const MASKS = vec4u(0xff, 0xff00, 0xff0000, 0xff000000);

fn start_gather4(row: u32) -> u32 {
  return permutation[min(step.begin + row, arrayLength(&permutation) - 1)] * (FEATURES / 4);
}

fn load4_gather4(start: u32, quad: u32) -> vec4f {
  return values_gather4(word_gather4(start, quad));
}

// As they lie in memory: 0 is four zeros.
fn word_gather4(start: u32, quad: u32) -> u32 {
  return dataset[start + quad];
}

fn values_gather4(word: u32) -> vec4f {
  if (UNPACKS) { return unpack4x8unorm(word); }
  // Each byte where it lies, not shifted; as a signed integer where it can be one, which is what processors convert; and
  // multiplied, for a quotient takes them longer.
  let bytes = vec4u(word) & MASKS;
  return vec4f(vec3f(vec3i(bytes.xyz)), f32(bytes.w)) * (1 / vec4f(MASKS));
}
