// Store hook: the gradient of gelu, from gelu's input.

@group(0) @binding(0) var<storage, read> gelu_input: array<Stored>; // [M, N] f32

fn store_gelu_grad(value: Stored, row: u32, column: u32, index: u32) -> Stored {
  const ROOT = 0.7978845608; // √(2 / π)
  let x = gelu_input[index];
  let t = tanh(clamp(ROOT * (x + 0.044715 * x * x * x), Stored(-15), Stored(15)));
  let slope = ROOT * (1 + 3 * 0.044715 * x * x);
  return value * 0.5 * (1 + t + x * (1 - t * t) * slope);
}
