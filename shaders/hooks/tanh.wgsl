// Store hook: the hyperbolic tangent; the clamp keeps exp within f32 where some drivers give NaN.

fn store_tanh(value: f32, row: u32, column: u32, index: u32) -> f32 {
  return tanh(clamp(value, -15, 15));
}
