// Store hook: the gradient of relu, from relu's output.

@group(0) @binding(0) var<storage, read> relu_output: array<Stored>; // [M, N] f32

fn store_relu_grad(value: Stored, row: u32, column: u32, index: u32) -> Stored {
  return select(Stored(), value, relu_output[index] > Stored());
}
