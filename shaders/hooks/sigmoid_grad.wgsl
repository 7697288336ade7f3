// Store hook: the gradient of sigmoid, from sigmoid's output.

@group(0) @binding(0) var<storage, read> sigmoid_output: array<Stored>; // [M, N] f32

fn store_sigmoid_grad(value: Stored, row: u32, column: u32, index: u32) -> Stored {
  let y = sigmoid_output[index];
  return value * y * (1 - y);
}
