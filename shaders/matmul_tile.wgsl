// out = store(op(A) · op(B)), op being the transpose where TRANSPOSE_A or TRANSPOSE_B says so.
// For GPUs. A workgroup makes a 64 × 64 tile of `out`, an invocation 8 × 4 of it in registers.

override M: u32; // rows of op(A) and of out
override N: u32; // columns of op(B) and of out
override K: u32; // columns of op(A), rows of op(B)
override TRANSPOSE_A: bool = false; // A is stored [K, M]
override TRANSPOSE_B: bool = false; // B is stored [N, K]
override LAST_ROW_AT: u32 = (M - 1) * N; // where the last row lies in out: a bias gradient lies apart from its weights

const TILE = 64u;
const HEIGHT = 8u; // invocations of a workgroup, each with eight rows
const WIDTH = 16u; // each with four columns

@group(0) @binding(0) var<storage, read_write> out: array<Stored>; // [M, N] f32

@compute @workgroup_size(WIDTH, HEIGHT)
fn matmul_tile(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  // Four rows each. A row of the block is a column of its matrix.
  var upper = mat4x4f();
  var lower = mat4x4f();
  // Counted by ones, the loop is known to end, and Dawn keeps no guard in registers.
  for (var slab = 0u; slab < (K + DEPTH - 1) / DEPTH; slab++) {
    fill_slabs(index, workgroup.y * TILE, workgroup.x * TILE, slab * DEPTH);
    for (var d = 0u; d < DEPTH; d++) {
      let columns = slabs[d / STEPS][SLAB + d % STEPS * PITCH + local.x];
      upper += outer(columns, slabs[d / STEPS][d % STEPS * PITCH + local.y]);
      lower += outer(columns, slabs[d / STEPS][d % STEPS * PITCH + local.y + HEIGHT]);
    }
  }

  let row = workgroup.y * TILE + 4 * local.y;
  let column = workgroup.x * TILE + 4 * local.x;
  for (var y = 0u; y < 4; y++) {
    store_row(upper[0], row + y, column);
    store_row(lower[0], row + 4 * HEIGHT + y, column);
    upper = next_row(upper);
    lower = next_row(lower);
  }
}
