// Loss, gradient and count of right answers of a batch of outputs against targets, for each row: the mean over the
// columns of a loss hook's loss(output, target), and the gradient of the mean over the rows that count as well.
// Rows from step.count on do not count: their gradient is zero. An invocation takes a row.

override M: u32; // rows: the batch size
override N: u32; // columns

@group(0) @binding(0) var<storage, read> outputs: array<f32>;         // [M, N] f32
@group(0) @binding(1) var<storage, read_write> metrics: array<vec2f>; // [steps, workgroups] of (losses, right answers)
@group(0) @binding(2) var<storage, read_write> gradient: array<f32>;  // [M, N] f32

@compute @workgroup_size(ROWS)
fn loss_elements(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  row_metrics[lane] = loss_elements_row(workgroup.x * ROWS + lane);
  report(lane, workgroup.x, workgroups.x);
}

fn loss_elements_row(row: u32) -> vec2f {
  if (row >= M) { return vec2f(); }
  let start = row * N;
  if (row >= step.count) {
    for (var c = 0u; c < N; c++) { gradient[start + c] = 0; }
    return vec2f();
  }
  let targets_start = start_targets(row);
  var largest = outputs[start];
  var largest_target = load_targets(targets_start, 0);
  var predicted = 0u;
  var expected = 0u;
  var sum = 0.0;
  for (var c = 0u; c < N; c++) {
    let y = outputs[start + c];
    let t = load_targets(targets_start, c);
    if (y > largest) { largest = y; predicted = c; }
    if (t > largest_target) { largest_target = t; expected = c; }
    sum += loss(y, t);
    gradient[start + c] = loss_gradient(y, t) / (f32(N) * f32(step.count));
  }
  return vec2f(sum / f32(N), f32(predicted == expected));
}
