// The dense layer that ends a classifier, there and back: logits = A · W + bias, their loss and gradient by
// softmax_cross_entropy_row.wgsl, and out = store(gradient · Wᵀ), which is the gradient of A.
// A workgroup takes ROWS rows: an invocation makes 4 × 4 patches of logits, then the loss of a row, then 4 × 4 patches of
// out. Between them the logits, and then their gradient, lie in workgroup memory.

override M: u32; // rows: the batch size
override N: u32; // classes, at most MOST_CLASSES
override K: u32; // columns of A
override BIAS_AT: u32; // where the bias lies in weights

const ACROSS = 4u; // invocations along the rows, for four rows each
const ALONG = 8u; // invocations along the columns, for every eighth four of them

@group(0) @binding(0) var<storage, read> weights: array<f32>;         // [K, N] f32, and [N] f32 from BIAS_AT on
@group(0) @binding(1) var<storage, read_write> metrics: array<vec2f>; // [steps, workgroups] of (losses, right answers)
@group(0) @binding(2) var<storage, read_write> gradient: array<f32>;  // [M, N] f32, of the logits
@group(0) @binding(3) var<storage, read_write> out: array<f32>;       // [M, K] f32

@compute @workgroup_size(ACROSS, ALONG)
fn dense_softmax_cross_entropy(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = workgroup.x * ROWS;
  let start = 4 * local.x * PITCH; // of four rows in workgroup memory
  for (var column = 4 * local.y; column < N; column += 4 * ALONG) {
    let logits = patch_of_logits(first + 4 * local.x, column);
    keep(logits[0], start + column);
    keep(logits[1], start + PITCH + column);
    keep(logits[2], start + 2 * PITCH + column);
    keep(logits[3], start + 3 * PITCH + column);
  }
  workgroupBarrier();

  for (var row = lane; row < ROWS; row += ACROSS * ALONG) {
    row_metrics[row] = softmax_cross_entropy_row(first + row, row * PITCH);
  }
  report(lane, workgroup.x, workgroups.x);

  for (var k = 4 * local.y; k < K; k += 4 * ALONG) {
    let values = patch_of_out(start, k);
    store_out(values[0], first + 4 * local.x, k);
    store_out(values[1], first + 4 * local.x + 1, k);
    store_out(values[2], first + 4 * local.x + 2, k);
    store_out(values[3], first + 4 * local.x + 3, k);
  }
}

// A column for each of four rows from `row` on, of four classes from `column` on.
fn patch_of_logits(row: u32, column: u32) -> mat4x4f {
  let start0 = start_a(min(row, M - 1));
  let start1 = start_a(min(row + 1, M - 1));
  let start2 = start_a(min(row + 2, M - 1));
  let start3 = start_a(min(row + 3, M - 1));
  let bias = weights_at(BIAS_AT, column);
  var sums = mat4x4f(bias, bias, bias, bias);
  for (var k = 0u; k < K; k += 4) {
    let a = transpose(mat4x4f(values_of_a(start0, k), values_of_a(start1, k), values_of_a(start2, k), values_of_a(start3, k)));
    sums += outer(weights_of(k, column), a[0]);
    sums += outer(weights_of(k + 1, column), a[1]);
    sums += outer(weights_of(k + 2, column), a[2]);
    sums += outer(weights_of(k + 3, column), a[3]);
  }
  return sums;
}

// A column for each of four rows of the workgroup, whose gradient begins at `start`, of four values of k from `k` on.
fn patch_of_out(start: u32, k: u32) -> mat4x4f {
  var sums = mat4x4f();
  for (var c = 0u; c < N; c += 4) {
    let w = transpose(mat4x4f(weights_of(k, c), weights_of(k + 1, c), weights_of(k + 2, c), weights_of(k + 3, c)));
    sums[0] += w * row_at(start + c);
    sums[1] += w * row_at(start + PITCH + c);
    sums[2] += w * row_at(start + 2 * PITCH + c);
    sums[3] += w * row_at(start + 3 * PITCH + c);
  }
  return sums;
}

fn outer(row: vec4f, column: vec4f) -> mat4x4f {
  return mat4x4f(row * column.x, row * column.y, row * column.z, row * column.w);
}
