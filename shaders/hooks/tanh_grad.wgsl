// Store hook: the gradient of tanh, from tanh's output.

@group(0) @binding(0) var<storage, read> tanh_output: array<Stored>; // [M, N] f32

fn store_tanh_grad(value: Stored, row: u32, column: u32, index: u32) -> Stored {
  let y = tanh_output[index];
  return value * (1 - y * y);
}
