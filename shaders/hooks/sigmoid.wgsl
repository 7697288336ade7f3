// Store hook: 1 / (1 + exp(−x)); the bound keeps exp within f32.

fn store_sigmoid(value: f32, row: u32, column: u32, index: u32) -> f32 {
  return 1 / (1 + exp(-max(value, -87)));
}
