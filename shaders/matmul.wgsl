// out = store(op(A) · op(B)), op being the transpose where TRANSPOSE_A or TRANSPOSE_B says so.
// An invocation makes an 8 × 8 block of `out` in registers, its rows and columns strided by the workgroup's size so
// that neighbouring invocations touch neighbouring columns. No workgroup memory, no barrier.

override M: u32; // rows of op(A) and of out
override N: u32; // columns of op(B) and of out
override K: u32; // columns of op(A), rows of op(B)
override TRANSPOSE_A: bool = false; // A is stored [K, M]
override TRANSPOSE_B: bool = false; // B is stored [N, K]
override LAST_ROW_AT: u32 = (M - 1) * N; // where the last row lies in out: a bias gradient lies apart from its weights
override WORKGROUP_X: u32 = 8;
override WORKGROUP_Y: u32 = 8;

const BLOCK = 8u;

@group(0) @binding(0) var<storage, read_write> out: array<f32>; // [M, N] f32

fn start_of_a(i: u32) -> u32 {
  if (TRANSPOSE_A) { return i; }
  return start_a(i);
}

fn start_of_b(j: u32) -> u32 {
  if (TRANSPOSE_B) { return start_b(j); }
  return j;
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn matmul(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let row = workgroup.y * WORKGROUP_Y * BLOCK + local.y;
  let column = workgroup.x * WORKGROUP_X * BLOCK + local.x;
  if (row >= M || column >= N) { return; }

  // Rows and columns past the edge repeat the last one; their results are not stored.
  let i0 = start_of_a(row);
  let i1 = start_of_a(min(row + WORKGROUP_Y, M - 1));
  let i2 = start_of_a(min(row + 2 * WORKGROUP_Y, M - 1));
  let i3 = start_of_a(min(row + 3 * WORKGROUP_Y, M - 1));
  let i4 = start_of_a(min(row + 4 * WORKGROUP_Y, M - 1));
  let i5 = start_of_a(min(row + 5 * WORKGROUP_Y, M - 1));
  let i6 = start_of_a(min(row + 6 * WORKGROUP_Y, M - 1));
  let i7 = start_of_a(min(row + 7 * WORKGROUP_Y, M - 1));
  let j0 = start_of_b(column);
  let j1 = start_of_b(min(column + WORKGROUP_X, N - 1));
  let j2 = start_of_b(min(column + 2 * WORKGROUP_X, N - 1));
  let j3 = start_of_b(min(column + 3 * WORKGROUP_X, N - 1));
  let j4 = start_of_b(min(column + 4 * WORKGROUP_X, N - 1));
  let j5 = start_of_b(min(column + 5 * WORKGROUP_X, N - 1));
  let j6 = start_of_b(min(column + 6 * WORKGROUP_X, N - 1));
  let j7 = start_of_b(min(column + 7 * WORKGROUP_X, N - 1));

  // Left columns 0 to 3 of the block, right columns 4 to 7, a vector for each row.
  var left0 = vec4f(); var right0 = vec4f();
  var left1 = vec4f(); var right1 = vec4f();
  var left2 = vec4f(); var right2 = vec4f();
  var left3 = vec4f(); var right3 = vec4f();
  var left4 = vec4f(); var right4 = vec4f();
  var left5 = vec4f(); var right5 = vec4f();
  var left6 = vec4f(); var right6 = vec4f();
  var left7 = vec4f(); var right7 = vec4f();

  for (var k = 0u; k < K; k++) {
    var a_upper: vec4f;
    var a_lower: vec4f;
    if (TRANSPOSE_A) {
      let start = start_a(k);
      a_upper = vec4f(load_a(start, i0), load_a(start, i1), load_a(start, i2), load_a(start, i3));
      a_lower = vec4f(load_a(start, i4), load_a(start, i5), load_a(start, i6), load_a(start, i7));
    } else {
      a_upper = vec4f(load_a(i0, k), load_a(i1, k), load_a(i2, k), load_a(i3, k));
      a_lower = vec4f(load_a(i4, k), load_a(i5, k), load_a(i6, k), load_a(i7, k));
    }
    var b_left: vec4f;
    var b_right: vec4f;
    if (TRANSPOSE_B) {
      b_left = vec4f(load_b(j0, k), load_b(j1, k), load_b(j2, k), load_b(j3, k));
      b_right = vec4f(load_b(j4, k), load_b(j5, k), load_b(j6, k), load_b(j7, k));
    } else {
      let start = start_b(k);
      b_left = vec4f(load_b(start, j0), load_b(start, j1), load_b(start, j2), load_b(start, j3));
      b_right = vec4f(load_b(start, j4), load_b(start, j5), load_b(start, j6), load_b(start, j7));
    }
    left0 = fma(vec4f(a_upper.x), b_left, left0); right0 = fma(vec4f(a_upper.x), b_right, right0);
    left1 = fma(vec4f(a_upper.y), b_left, left1); right1 = fma(vec4f(a_upper.y), b_right, right1);
    left2 = fma(vec4f(a_upper.z), b_left, left2); right2 = fma(vec4f(a_upper.z), b_right, right2);
    left3 = fma(vec4f(a_upper.w), b_left, left3); right3 = fma(vec4f(a_upper.w), b_right, right3);
    left4 = fma(vec4f(a_lower.x), b_left, left4); right4 = fma(vec4f(a_lower.x), b_right, right4);
    left5 = fma(vec4f(a_lower.y), b_left, left5); right5 = fma(vec4f(a_lower.y), b_right, right5);
    left6 = fma(vec4f(a_lower.z), b_left, left6); right6 = fma(vec4f(a_lower.z), b_right, right6);
    left7 = fma(vec4f(a_lower.w), b_left, left7); right7 = fma(vec4f(a_lower.w), b_right, right7);
  }

  // A loop over an array keeps the store hooks, which may be long, from being unrolled 64 times.
  var block = array<vec4f, 16>(
    left0, right0, left1, right1, left2, right2, left3, right3,
    left4, right4, left5, right5, left6, right6, left7, right7,
  );
  for (var y = 0u; y < BLOCK; y++) {
    let i = row + y * WORKGROUP_Y;
    if (i >= M) { break; }
    let start = select(i * N, LAST_ROW_AT, i == M - 1);
    for (var x = 0u; x < BLOCK; x++) {
      let j = column + x * WORKGROUP_X;
      if (j >= N) { break; }
      let index = start + j;
      out[index] = store(block[2 * y + x / 4][x % 4], i, j, index);
    }
  }
}
