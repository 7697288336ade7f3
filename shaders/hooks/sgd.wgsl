// Store hook: stochastic gradient descent with momentum; takes a gradient, gives the new parameter.

override MOMENTUM: f32;

@group(0) @binding(0) var<storage, read_write> velocity: array<f32>; // [M, N] f32

fn store_sgd(value: f32, row: u32, column: u32, index: u32) -> f32 {
  let v = MOMENTUM * velocity[index] + value;
  velocity[index] = v;
  return out[index] - step.learning_rate * v;
}
