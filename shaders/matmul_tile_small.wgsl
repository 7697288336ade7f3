// out = store(op(A) · op(B)), op being the transpose where TRANSPOSE_A or TRANSPOSE_B says so.
// For GPUs, where tiles of 64 × 64 would be too few to keep them busy. A workgroup makes a 32 × 32 tile of `out`, an
// invocation 4 × 4 of it in registers.

override M: u32; // rows of op(A) and of out
override N: u32; // columns of op(B) and of out
override K: u32; // columns of op(A), rows of op(B)
override TRANSPOSE_A: bool = false; // A is stored [K, M]
override TRANSPOSE_B: bool = false; // B is stored [N, K]
override PARTS: u32 = 1; // of the sum over k, each of a workgroup's own: more than one lie behind one another in out
override LAST_ROW_AT: u32 = (M - 1) * N; // where the last row lies in out: a bias gradient lies apart from its weights

const TILE = 32u;
const WIDTH = 8u; // invocations of a workgroup, in rows and in columns

@group(0) @binding(0) var<storage, read_write> out: array<Stored>; // [M, N] f32

@compute @workgroup_size(WIDTH, WIDTH)
fn matmul_tile_small(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  let slab_count = (K + DEPTH - 1) / DEPTH;
  let end = (workgroup.z + 1) * slab_count / PARTS;
  var block = mat4x4f(); // a row of the block is a column of its matrix
  // Counted by ones, the loop is known to end, and Dawn keeps no guard in registers.
  for (var slab = workgroup.z * slab_count / PARTS; slab < end; slab++) {
    fill_slabs(index, workgroup.y * TILE, workgroup.x * TILE, slab * DEPTH);
    for (var d = 0u; d < DEPTH; d++) {
      block += outer(slabs[d / STEPS][SLAB + d % STEPS * PITCH + local.x], slabs[d / STEPS][d % STEPS * PITCH + local.y]);
    }
  }

  let row = workgroup.y * TILE + 4 * local.y;
  let column = workgroup.x * TILE + 4 * local.x;
  for (var y = 0u; y < 4; y++) {
    if (PARTS > 1) {
      // No hook is applied to a part: out is [parts, M, N].
      store_at((workgroup.z * M + row + y) * N + column, block[0], row + y, column, N);
    } else {
      store_row(block[0], row + y, column);
    }
    block = next_row(block);
  }
}
