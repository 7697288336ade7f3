// Store hook: the gradient of tanh, from tanh's output.

@group(0) @binding(0) var<storage, read> tanh_output: array<f32>; // [M, N] f32

fn store_tanh_grad(value: f32, row: u32, column: u32, index: u32) -> f32 {
  let y = tanh_output[index];
  return value * (1 - y * y);
}
