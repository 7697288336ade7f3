// Store hook: the hyperbolic tangent; the clamp keeps exp within f32 where some drivers give NaN.

fn store_tanh(value: Stored, row: u32, column: u32, index: u32) -> Stored {
  return tanh(clamp(value, Stored(-15), Stored(15)));
}
