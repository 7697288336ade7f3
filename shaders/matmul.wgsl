// out = store(op(A) · op(B)), op being the transpose where TRANSPOSE_A or TRANSPOSE_B says so.
// For processors without subgroups. An invocation makes an 8 × 8 block of `out` in registers: no workgroup memory, no
// barrier.

override M: u32; // rows of op(A) and of out
override N: u32; // columns of op(B) and of out
override K: u32; // columns of op(A), rows of op(B)
override TRANSPOSE_A: bool = false; // A is stored [K, M]
override TRANSPOSE_B: bool = false; // B is stored [N, K]
override LAST_ROW_AT: u32 = (M - 1) * N; // where the last row lies in out: a bias gradient lies apart from its weights
override WORKGROUP_X: u32 = 8;
override WORKGROUP_Y: u32 = 8;

const BLOCK = 8u;
const DEPTH = 4u; // values of k at a time
const UNPACKS = false; // bytes by an instruction

@group(0) @binding(0) var<storage, read_write> out: array<Stored>; // [M, N] f32

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn matmul(@builtin(global_invocation_id) id: vec3u) {
  let row = id.y * BLOCK;
  let column = id.x * BLOCK;
  if (row >= M || column >= N) { return; }
  let upper = start_of_rows(row);
  let lower = start_of_rows(row + 4);
  let left = start_of_columns(column);
  let right = start_of_columns(column + 4);

  var upper_left = mat4x4f();
  var upper_right = mat4x4f();
  var lower_left = mat4x4f();
  var lower_right = mat4x4f();
  for (var k = 0u; k < K; k += DEPTH) {
    let a_upper = patch_of_a(upper, k);
    let a_lower = patch_of_a(lower, k);
    let b_left = patch_of_b(left, k);
    let b_right = patch_of_b(right, k);
    upper_left += product(a_upper, b_left);
    upper_right += product(a_upper, b_right);
    lower_left += product(a_lower, b_left);
    lower_right += product(a_lower, b_right);
  }

  var blocks = array<mat4x4f, 4>(upper_left, upper_right, lower_left, lower_right);
  for (var y = 0u; y < BLOCK; y++) {
    for (var x = 0u; x < 2; x++) {
      store_row(blocks[y / 4 * 2 + x][y % 4], row + y, column + 4 * x);
    }
  }
}
