// Loss hook: (y − t)².

fn loss_mean_squared_error(y: f32, t: f32) -> f32 {
  return (y - t) * (y - t);
}

fn gradient_mean_squared_error(y: f32, t: f32) -> f32 {
  return 2 * (y - t);
}
