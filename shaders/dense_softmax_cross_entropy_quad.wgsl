// dense_softmax_cross_entropy.wgsl for processors with subgroups, where the invocations of a workgroup cost more than
// they bring. A quad of them makes ROWS rows: 16 × 16 logits, then the loss of four rows each, then 16 × 16 blocks of out.
// For both products an invocation loads a part of the left operand, and they swap the parts. Two quads, where they run as
// one subgroup, take turns: at the values of k for the logits, then at rows, then at blocks of out. The logits lie in
// `gradient` until it takes their place: SwiftShader clears workgroup memory number by number, with code for each.

enable subgroups;

override M: u32; // rows: the batch size
override N: u32; // classes, at most MOST_CLASSES
override K: u32; // columns of A
override BIAS_AT: u32; // where the bias lies in weights
override QUADS: u32 = 1; // of a workgroup: one or two

@group(0) @binding(0) var<storage, read> weights: array<f32>;         // [K, N] f32, and [N] f32 from BIAS_AT on
@group(0) @binding(1) var<storage, read_write> metrics: array<vec2f>; // [steps, workgroups] of (losses, right answers)
@group(0) @binding(2) var<storage, read_write> gradient: array<f32>;  // [M, N] f32, of the logits
@group(0) @binding(3) var<storage, read_write> out: array<Stored>;    // [M, K] f32

@compute @workgroup_size(4, QUADS)
fn dense_softmax_cross_entropy_quad(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) invocation: u32,
) {
  let lane = local.x;
  let first = workgroup.x * ROWS;
  // In whole fours, as rows are swapped. That it is not a constant keeps compilers from unrolling the loops up to it, which
  // took llvmpipe four seconds.
  let used = (min(ROWS, M - first) + 3) / 4 * 4;
  let own = min(first + lane + vec4u(0, 4, 8, 12), vec4u(M - 1)); // rows; past the last what is not stored
  var logits = block_of_logits(own, local.xy);
  var bias = weights_at(BIAS_AT, 4 * lane);
  for (var quad = 0u; quad < QUADS; quad++) {
    for (var y = 0u; y < used; y++) {
      if (local.y == quad) { keep(logits[y >> 2][y & 3] + bias, first + (y ^ lane), 4 * lane, quad > 0); }
    }
    bias = vec4f();
    storageBarrier();
  }

  for (var row = invocation; row < ROWS; row += 4 * QUADS) {
    row_metrics[row] = softmax_cross_entropy_row(first + row, (first + row) * N);
  }
  storageBarrier();
  report(invocation, workgroup.x, workgroups.x);

  for (var block = 0u; block < K; block += 16 * QUADS) {
    let k = block + 4 * invocation;
    var values = block_of_out(own, k);
    for (var y = 0u; y < used; y++) { store_out(values[y >> 2][y & 3], first + (y ^ lane), k); }
  }
}

// A column for each row, of four of the invocation's own; the rows of four are lane, lane ^ 1, lane ^ 2, lane ^ 3.
alias Block = array<mat4x4f, 4>;

// Four classes of each row, from 4 · lane on; the sum over the quad's own values of k.
fn block_of_logits(own: vec4u, local: vec2u) -> Block {
  let starts = vec4u(start_a(own.x), start_a(own.y), start_a(own.z), start_a(own.w));
  var sums = Block();
  let end = select(K, 0u, lengths() == 0); // K, and no length is asked for in the loop
  for (var base = 0u; base < end; base += QUADS) {
    let k = min(base + local.y, K - 1);
    var a = vec4f(load_a(starts.x, k), load_a(starts.y, k), load_a(starts.z, k), load_a(starts.w, k));
    if (K % QUADS != 0) { a = select(a, vec4f(), base + local.y == K); }
    sums = plus_products(sums, a, weights_at(k * N, 4 * local.x));
  }
  return sums;
}

// Four values of each row of out, from `k` on.
fn block_of_out(own: vec4u, k: u32) -> Block {
  var sums = Block();
  let classes = select(N, 0u, lengths() == 0); // N, but no constant: the loop would be unrolled
  for (var c = 0u; c < classes; c++) {
    let at = own * N + c;
    let gradients = vec4f(gradient[at.x], gradient[at.y], gradient[at.z], gradient[at.w]);
    sums = plus_products(sums, gradients, weights_of(k, c));
  }
  return sums;
}

// The products of four values, one of each row of the invocation's own, and of those that the others have.
fn plus_products(sums: Block, values: vec4f, w: vec4f) -> Block {
  return Block(
    sums[0] + products(values.x, w), sums[1] + products(values.y, w),
    sums[2] + products(values.z, w), sums[3] + products(values.w, w),
  );
}

fn products(value: f32, w: vec4f) -> mat4x4f {
  return mat4x4f(w * value, w * quadSwapX(value), w * quadSwapY(value), w * quadSwapDiagonal(value));
}

// Four logits of a row, from `column` on, added to those that are there or in their place.
fn keep(logits: vec4f, row: u32, column: u32, adds: bool) {
  if (row >= M) { return; }
  for (var i = column; i < min(column + 4, N); i++) {
    let at = row * N + i;
    var sum = logits[i - column];
    if (adds) { sum += gradient[at]; }
    gradient[at] = sum;
  }
}

fn logit(at: u32) -> f32 {
  return gradient[at];
}

fn set_gradient(row: u32, start: u32, column: u32, value: f32) {
  gradient[start + column] = value;
}
