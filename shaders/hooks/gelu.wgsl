// Store hook: x · Φ(x) in the tanh approximation of Hendrycks & Gimpel 2016.

fn store_gelu(value: Stored, row: u32, column: u32, index: u32) -> Stored {
  const ROOT = 0.7978845608; // √(2 / π)
  let u = ROOT * (value + 0.044715 * value * value * value);
  return 0.5 * value * (1 + tanh(clamp(u, Stored(-15), Stored(15))));
}
