// Store hook: max(x, 0).

fn store_relu(value: Stored, row: u32, column: u32, index: u32) -> Stored {
  return select(value, Stored(), value < Stored()); // not max(), which may turn a NaN into 0
}
