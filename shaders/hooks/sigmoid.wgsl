// Store hook: 1 / (1 + exp(−x)); the bound keeps exp within f32.

fn store_sigmoid(value: Stored, row: u32, column: u32, index: u32) -> Stored {
  return 1 / (1 + exp(-max(value, Stored(-87))));
}
