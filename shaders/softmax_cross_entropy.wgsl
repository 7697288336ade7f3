// Loss, gradient and count of right answers of a batch of logits against targets whose rows are distributions:
//   loss = Σ over rows and classes of t · (log Σ exp z − z),  gradient = (softmax(z) · Σ t − t) / rows that count.
// Rows from step.count on do not count: their gradient is zero. Stable for logits of any size: the row's largest is
// subtracted first. One workgroup makes it all; sums run in a fixed order, so that they come out the same each time.

override M: u32; // rows: the batch size
override N: u32; // columns: classes

const WORKGROUP = 128u;

@group(0) @binding(0) var<storage, read> logits: array<f32>;         // [M, N] f32
@group(0) @binding(1) var<storage, read_write> metrics: array<vec2f>; // [slots] of (sum of losses, right answers)
@group(0) @binding(2) var<storage, read_write> gradient: array<f32>; // [M, N] f32

var<workgroup> sums: array<vec2f, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn softmax_cross_entropy(@builtin(local_invocation_index) lane: u32) {
  var total = vec2f();
  for (var row = lane; row < M; row += WORKGROUP) {
    let start = row * N;
    if (row >= step.count) {
      for (var c = 0u; c < N; c++) { gradient[start + c] = 0; }
      continue;
    }
    let targets_start = start_targets(row);
    var largest = logits[start];
    var largest_target = load_targets(targets_start, 0);
    var predicted = 0u;
    var expected = 0u;
    for (var c = 1u; c < N; c++) {
      let z = logits[start + c];
      if (z > largest) { largest = z; predicted = c; }
      let t = load_targets(targets_start, c);
      if (t > largest_target) { largest_target = t; expected = c; }
    }
    var sum_exp = 0.0;
    var sum_targets = 0.0;
    var inner = 0.0;
    for (var c = 0u; c < N; c++) {
      let z = logits[start + c] - largest;
      let t = load_targets(targets_start, c);
      sum_exp += exp(z);
      sum_targets += t;
      if (t != 0) { inner += t * z; }
    }
    for (var c = 0u; c < N; c++) {
      let probability = exp(logits[start + c] - largest) / sum_exp;
      let t = load_targets(targets_start, c);
      gradient[start + c] = (probability * sum_targets - t) / f32(step.count);
    }
    total += vec2f(sum_targets * log(sum_exp) - inner, f32(predicted == expected));
  }

  sums[lane] = total;
  for (var half = WORKGROUP / 2; half > 0; half /= 2) {
    workgroupBarrier();
    if (lane < half) { sums[lane] += sums[lane + half]; }
  }
  if (lane == 0) { metrics[step.slot] = sums[0]; }
}
