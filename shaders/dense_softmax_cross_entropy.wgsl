// The dense layer that ends a classifier, there and back: logits = A · W + bias, their loss and gradient by
// softmax_cross_entropy_row.wgsl, and out = store(gradient · Wᵀ), which is the gradient of A.
// A workgroup takes ROWS rows, ALONG invocations each. They make four neighbouring logits each, then one of them makes the
// loss of the row, then all make four neighbouring values of out at a time. Between them the logits, and then their
// gradient, lie in workgroup memory.

override M: u32; // rows: the batch size
override N: u32; // classes, at most MOST_CLASSES
override K: u32; // columns of A
override BIAS_AT: u32; // where the bias lies in weights

const ALONG = 4u; // invocations of a row
const PITCH = MOST_CLASSES + 1; // one more keeps the rows on different banks
const UNPACKS = true; // bytes by an instruction

@group(0) @binding(0) var<storage, read> weights: array<f32>;         // [K, N] f32, and [N] f32 from BIAS_AT on
@group(0) @binding(1) var<storage, read_write> metrics: array<vec2f>; // [steps, workgroups] of (losses, right answers)
@group(0) @binding(2) var<storage, read_write> gradient: array<f32>;  // [M, N] f32, of the logits
@group(0) @binding(3) var<storage, read_write> out: array<Stored>;    // [M, K] f32

var<workgroup> rows: array<f32, ROWS * PITCH>; // [ROWS, PITCH], the logits and then their gradient

@compute @workgroup_size(ALONG, ROWS)
fn dense_softmax_cross_entropy(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = workgroup.x * ROWS + local.y;
  let start = local.y * PITCH; // of the row in workgroup memory
  for (var column = 4 * local.x; column < N; column += 4 * ALONG) {
    let logits = logits_of(row, column);
    for (var i = 0u; i < 4; i++) { rows[start + column + i] = logits[i]; }
  }
  workgroupBarrier();

  if (local.x == 0) { row_metrics[local.y] = softmax_cross_entropy_row(row, start); }
  report(lane, workgroup.x, workgroups.x);

  for (var k = 4 * local.x; k < K; k += 4 * ALONG) { store_out(out_of(start, k), row, k); }
}

// Four logits of a row, from `column` on.
fn logits_of(row: u32, column: u32) -> vec4f {
  let start = start_a(min(row, M - 1));
  var sums = weights_at(BIAS_AT, column);
  for (var k = 0u; k < K; k += 4) {
    var a = load4_a(start, k / 4);
    if (K % 4 != 0) { a = select(vec4f(), a, k + vec4u(0, 1, 2, 3) < vec4u(K)); }
    for (var i = 0u; i < 4; i++) { sums += a[i] * weights_at(min(k + i, K - 1) * N, column); }
  }
  return sums;
}

// Four values of a row of out, from `k` on; the gradient of the row begins at `start`.
fn out_of(start: u32, k: u32) -> vec4f {
  var sums = vec4f();
  for (var c = 0u; c < N; c++) { sums += rows[start + c] * weights_of(k, c); }
  return sums;
}

fn logit(at: u32) -> f32 {
  return rows[at];
}

fn set_gradient(row: u32, start: u32, column: u32, value: f32) {
  rows[start + column] = value;
  gradient[row * N + column] = value;
}
