// Loss, gradient and count of right answers of a batch of predictions p against targets t, for each row:
//   loss = mean over columns of (p − t)²,  gradient = 2 (p − t) / (columns · rows that count).
// Rows from step.count on do not count: their gradient is zero. An invocation takes a row.

override M: u32; // rows: the batch size
override N: u32; // columns

@group(0) @binding(0) var<storage, read> predictions: array<f32>;    // [M, N] f32
@group(0) @binding(1) var<storage, read_write> metrics: array<vec2f>; // [steps, workgroups] of (losses, right answers)
@group(0) @binding(2) var<storage, read_write> gradient: array<f32>; // [M, N] f32

@compute @workgroup_size(ROWS)
fn mean_squared_error(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  row_metrics[lane] = mean_squared_error_row(workgroup.x * ROWS + lane);
  report(lane, workgroup.x, workgroups.x);
}

fn mean_squared_error_row(row: u32) -> vec2f {
  if (row >= M) { return vec2f(); }
  let start = row * N;
  if (row >= step.count) {
    for (var c = 0u; c < N; c++) { gradient[start + c] = 0; }
    return vec2f();
  }
  let targets_start = start_targets(row);
  var largest = predictions[start];
  var largest_target = load_targets(targets_start, 0);
  var predicted = 0u;
  var expected = 0u;
  var sum_squares = 0.0;
  for (var c = 0u; c < N; c++) {
    let p = predictions[start + c];
    let t = load_targets(targets_start, c);
    if (p > largest) { largest = p; predicted = c; }
    if (t > largest_target) { largest_target = t; expected = c; }
    sum_squares += (p - t) * (p - t);
    gradient[start + c] = 2 * (p - t) / (f32(N) * f32(step.count));
  }
  return vec2f(sum_squares / f32(N), f32(predicted == expected));
}
