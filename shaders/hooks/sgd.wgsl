// Store hook: stochastic gradient descent with momentum; takes a gradient, gives the new parameter.

override MOMENTUM: f32;

@group(0) @binding(0) var<storage, read_write> velocity: array<Stored>; // [M, N] f32

fn store_sgd(value: Stored, row: u32, column: u32, index: u32) -> Stored {
  let v = MOMENTUM * velocity[index] + value;
  velocity[index] = select(v, Stored(), abs(v) < Stored(1e-30)); // as in adam
  return out[index] - step.learning_rate * v;
}
