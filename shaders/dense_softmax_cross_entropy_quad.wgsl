// dense_softmax_cross_entropy.wgsl for processors with subgroups, where the invocations of a workgroup cost more than
// they bring. A quad of them makes ROWS rows: 16 × 16 logits, then the loss of four rows each, then 16 × 16 blocks of out.
// For both products an invocation loads a part of the left operand, and they swap the parts.

override M: u32; // rows: the batch size
override N: u32; // classes, at most MOST_CLASSES
override K: u32; // columns of A
override BIAS_AT: u32; // where the bias lies in weights

@group(0) @binding(0) var<storage, read> weights: array<f32>;         // [K, N] f32, and [N] f32 from BIAS_AT on
@group(0) @binding(1) var<storage, read_write> metrics: array<vec2f>; // [steps, workgroups] of (losses, right answers)
@group(0) @binding(2) var<storage, read_write> gradient: array<f32>;  // [M, N] f32, of the logits
@group(0) @binding(3) var<storage, read_write> out: array<f32>;       // [M, K] f32

@compute @workgroup_size(4)
fn dense_softmax_cross_entropy_quad(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = workgroup.x * ROWS;
  // In whole fours, as rows are swapped. That it is not a constant keeps compilers from unrolling the loops up to it, which
  // took llvmpipe four seconds.
  let used = (min(ROWS, M - first) + 3) / 4 * 4;
  var logits = block_of_logits(first, lane);
  let bias = weights_at(BIAS_AT, 4 * lane);
  for (var y = 0u; y < used; y++) { keep(logits[y >> 2][y & 3] + bias, (y ^ lane) * PITCH + 4 * lane); }
  workgroupBarrier();

  for (var row = lane; row < ROWS; row += 4) {
    row_metrics[row] = softmax_cross_entropy_row(first + row, row * PITCH);
  }
  report(lane, workgroup.x, workgroups.x);

  for (var block = 0u; block < K; block += 16) {
    let k = block + 4 * lane;
    var values = block_of_out(k, lane);
    for (var y = 0u; y < used; y++) { store_out(values[y >> 2][y & 3], first + (y ^ lane), k); }
  }
}

// A column for each row, of four classes of the invocation's own; the rows of four are lane, lane ^ 1, lane ^ 2, lane ^ 3.
fn block_of_logits(first: u32, lane: u32) -> array<mat4x4f, 4> {
  let start0 = start_a(min(first + lane, M - 1));
  let start1 = start_a(min(first + 4 + lane, M - 1));
  let start2 = start_a(min(first + 8 + lane, M - 1));
  let start3 = start_a(min(first + 12 + lane, M - 1));
  var sums0 = mat4x4f();
  var sums1 = mat4x4f();
  var sums2 = mat4x4f();
  var sums3 = mat4x4f();
  for (var k = 0u; k < K; k++) {
    let w = weights_at(k * N, 4 * lane);
    sums0 += products(w, load_a(start0, k));
    sums1 += products(w, load_a(start1, k));
    sums2 += products(w, load_a(start2, k));
    sums3 += products(w, load_a(start3, k));
  }
  return array(sums0, sums1, sums2, sums3);
}

// The same of out: four values of k of the invocation's own, from `k` on.
fn block_of_out(k: u32, lane: u32) -> array<mat4x4f, 4> {
  let start = lane * PITCH;
  var sums0 = mat4x4f();
  var sums1 = mat4x4f();
  var sums2 = mat4x4f();
  var sums3 = mat4x4f();
  let classes = min(N, arrayLength(&weights)); // N, but no constant: the loop would be unrolled
  for (var c = 0u; c < classes; c++) {
    let w = weights_of_class(k, c);
    sums0 += products(w, rows[start + c]);
    sums1 += products(w, rows[start + 4 * PITCH + c]);
    sums2 += products(w, rows[start + 8 * PITCH + c]);
    sums3 += products(w, rows[start + 12 * PITCH + c]);
  }
  return array(sums0, sums1, sums2, sums3);
}

// A column for each row of four: the values, times what the invocation of the row brought.
fn products(values: vec4f, brought: f32) -> mat4x4f {
  return mat4x4f(
    values * brought, values * quadSwapX(brought), values * quadSwapY(brought), values * quadSwapDiagonal(brought),
  );
}
