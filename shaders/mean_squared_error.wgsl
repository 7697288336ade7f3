// Loss, gradient and count of right answers of a batch of predictions p against targets t:
//   loss = Σ over rows of the mean over columns of (p − t)²,  gradient = 2 (p − t) / (columns · rows that count).
// Rows from step.count on do not count: their gradient is zero. One workgroup makes it all; sums run in a fixed order.

override M: u32; // rows: the batch size
override N: u32; // columns

const WORKGROUP = 128u;

@group(0) @binding(0) var<storage, read> predictions: array<f32>;    // [M, N] f32
@group(0) @binding(1) var<storage, read_write> metrics: array<vec2f>; // [slots] of (sum of losses, right answers)
@group(0) @binding(2) var<storage, read_write> gradient: array<f32>; // [M, N] f32

var<workgroup> sums: array<vec2f, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn mean_squared_error(@builtin(local_invocation_index) lane: u32) {
  var total = vec2f();
  for (var row = lane; row < M; row += WORKGROUP) {
    let start = row * N;
    if (row >= step.count) {
      for (var c = 0u; c < N; c++) { gradient[start + c] = 0; }
      continue;
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
    total += vec2f(sum_squares / f32(N), f32(predicted == expected));
  }

  sums[lane] = total;
  for (var half = WORKGROUP / 2; half > 0; half /= 2) {
    workgroupBarrier();
    if (lane < half) { sums[lane] += sums[lane + half]; }
  }
  if (lane == 0) { metrics[step.slot] = sums[0]; }
}
