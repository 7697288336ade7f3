// Store hook: the gradient of relu, from relu's output.

@group(0) @binding(0) var<storage, read> relu_output: array<f32>; // [M, N] f32

fn store_relu_grad(value: f32, row: u32, column: u32, index: u32) -> f32 {
  return select(0, value, relu_output[index] > 0);
}
