// The dense layer that ends a classifier, there and back: logits = A · W + bias, their loss and gradient by
// softmax_cross_entropy_row.wgsl, and out = store(gradient · Wᵀ), which is the gradient of A.
// A workgroup takes ROWS rows: an invocation makes 4 × 4 patches of logits, then the loss of a row, then 4 × 4 patches of
// out. Between them the logits, and then their gradient, lie in workgroup memory.

override M: u32; // rows: the batch size
override N: u32; // classes, at most MOST_CLASSES
override K: u32; // columns of A
override BIAS_AT: u32; // where the bias lies in weights

const INVOCATIONS = 32u;
const MOST_CLASSES = 16u;
const PITCH = MOST_CLASSES + 1; // one more keeps the rows on different banks

var<workgroup> rows: array<f32, ROWS * PITCH>; // [ROWS, PITCH]: logits, then gradient

@group(0) @binding(0) var<storage, read> weights: array<f32>;         // [K, N] f32, and [N] f32 from BIAS_AT on
@group(0) @binding(1) var<storage, read_write> metrics: array<vec2f>; // [steps, workgroups] of (losses, right answers)
@group(0) @binding(2) var<storage, read_write> gradient: array<f32>;  // [M, N] f32, of the logits
@group(0) @binding(3) var<storage, read_write> out: array<f32>;       // [M, K] f32

@compute @workgroup_size(INVOCATIONS)
fn dense_softmax_cross_entropy(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = workgroup.x * ROWS;
  for (var block = lane; block < ROWS / 4 * ((N + 3) / 4); block += INVOCATIONS) {
    let column = block / (ROWS / 4) * 4;
    let local = block % (ROWS / 4) * 4;
    let logits = patch_of_logits(first + local, column);
    for (var i = 0u; i < 16; i++) { rows[(local + i / 4) * PITCH + column + i % 4] = logits[i / 4][i % 4]; }
  }
  workgroupBarrier();

  var of_row = vec2f();
  if (lane < ROWS) { of_row = softmax_cross_entropy_row(first + lane); }
  report(of_row, lane, workgroup.x, workgroups.x);

  for (var block = lane; block < ROWS / 4 * ((K + 3) / 4); block += INVOCATIONS) {
    let k = block / (ROWS / 4) * 4;
    let local = block % (ROWS / 4) * 4;
    let values = patch_of_out(local, k);
    for (var i = 0u; i < 16; i++) {
      let row = first + local + i / 4;
      let column = k + i % 4;
      if (row >= M || column >= K) { continue; }
      let index = row * K + column;
      out[index] = store(values[i / 4][i % 4], row, column, index);
    }
  }
}

// A column for each of four rows from `row` on, of four classes from `column` on.
fn patch_of_logits(row: u32, column: u32) -> mat4x4f {
  let starts = vec4u(
    start_a(min(row, M - 1)), start_a(min(row + 1, M - 1)), start_a(min(row + 2, M - 1)), start_a(min(row + 3, M - 1)),
  );
  let bias = weights_at(BIAS_AT, column);
  var sums = mat4x4f(bias, bias, bias, bias);
  for (var k = 0u; k < K; k += 4) {
    let w = mat4x4f(weights_of(k, column), weights_of(k + 1, column), weights_of(k + 2, column), weights_of(k + 3, column));
    sums += w * mat4x4f(values_of_a(starts.x, k), values_of_a(starts.y, k), values_of_a(starts.z, k), values_of_a(starts.w, k));
  }
  return sums;
}

// A column for each of four rows of the workgroup from `local` on, of four values of k from `k` on.
fn patch_of_out(local: u32, k: u32) -> mat4x4f {
  var sums = mat4x4f();
  for (var c = 0u; c < N; c += 4) {
    let w = mat4x4f(weights_of(k, c), weights_of(k + 1, c), weights_of(k + 2, c), weights_of(k + 3, c));
    sums += transpose(w) * mat4x4f(row_at(local, c), row_at(local + 1, c), row_at(local + 2, c), row_at(local + 3, c));
  }
  return sums;
}

// Four values of A; 0 where k is past the end.
fn values_of_a(start: u32, k: u32) -> vec4f {
  let values = load4_a(start, k);
  if (K % 4 == 0) { return values; }
  return select(vec4f(), values, k + vec4u(0, 1, 2, 3) < vec4u(K));
}

// Four classes of W at one k; anything finite where k is past the end, 0 where the class is.
fn weights_of(k: u32, column: u32) -> vec4f {
  return weights_at(min(k, K - 1) * N, column);
}

fn weights_at(start: u32, column: u32) -> vec4f {
  let columns = column + vec4u(0, 1, 2, 3);
  let at = start + min(columns, vec4u(N - 1));
  let values = vec4f(weights[at.x], weights[at.y], weights[at.z], weights[at.w]);
  if (N % 4 == 0) { return values; }
  return select(vec4f(), values, columns < vec4u(N));
}

fn row_at(local: u32, column: u32) -> vec4f {
  let at = local * PITCH + column;
  return vec4f(rows[at], rows[at + 1], rows[at + 2], rows[at + 3]);
}

fn logit(row: u32, column: u32) -> f32 {
  return rows[row % ROWS * PITCH + column];
}

fn set_gradient(row: u32, column: u32, value: f32) {
  rows[row % ROWS * PITCH + column] = value;
  gradient[row * N + column] = value;
}
