// Part of the kernels that end a classifier: a row of logits z against targets t, which are a distribution:
//   loss = Σ t · (log Σ exp z − z),  gradient = (softmax(z) · Σ t − t) / rows that count.
// Rows from step.count on do not count: their gradient is zero. Stable for logits of any size: the row's largest is
// subtracted first. The kernel says with logit() where the logits are and with set_gradient() where the gradient goes,
// both counted from `start` on.

// (loss, right answers) of the row.
fn softmax_cross_entropy_row(row: u32, start: u32) -> vec2f {
  if (row >= M) { return vec2f(); }
  // The loops' ends are no constants: compilers would unroll them, which takes llvmpipe longer than they run.
  if (row >= step.count) {
    for (var at = start; at < start + N; at++) { set_gradient(row, start, at - start, 0); }
    return vec2f();
  }
  let targets_start = start_targets(row);
  var largest = logit(start);
  var largest_target = load_targets(targets_start, 0);
  var predicted = 0u;
  var expected = 0u;
  for (var at = start + 1; at < start + N; at++) {
    let z = logit(at);
    if (z > largest) { largest = z; predicted = at - start; }
    let t = load_targets(targets_start, at - start);
    if (t > largest_target) { largest_target = t; expected = at - start; }
  }
  var sum_exp = 0.0;
  var sum_targets = 0.0;
  var inner = 0.0;
  for (var at = start; at < start + N; at++) {
    let z = logit(at) - largest;
    let t = load_targets(targets_start, at - start);
    sum_exp += exp(z);
    sum_targets += t;
    if (t != 0) { inner += t * z; }
  }
  for (var at = start; at < start + N; at++) {
    let probability = exp(logit(at) - largest) / sum_exp;
    let t = load_targets(targets_start, at - start);
    set_gradient(row, start, at - start, (probability * sum_targets - t) / f32(step.count));
  }
  return vec2f(sum_targets * log(sum_exp) - inner, f32(predicted == expected));
}
