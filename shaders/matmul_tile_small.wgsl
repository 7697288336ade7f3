// out = store(op(A) · op(B)), op being the transpose where TRANSPOSE_A or TRANSPOSE_B says so.
// For GPUs, where tiles of 64 × 64 would be too few to keep them busy. A workgroup makes a 32 × 32 tile of `out`, an
// invocation a 4 × 4 block of it in registers. Slabs of op(A) and op(B) pass through workgroup memory, to which each
// invocation brings a patch of either.

override M: u32; // rows of op(A) and of out
override N: u32; // columns of op(B) and of out
override K: u32; // columns of op(A), rows of op(B)
override TRANSPOSE_A: bool = false; // A is stored [K, M]
override TRANSPOSE_B: bool = false; // B is stored [N, K]
override PARTS: u32 = 1; // of the sum over k, each of a workgroup's own: more than one lie behind one another in out
override LAST_ROW_AT: u32 = (M - 1) * N; // where the last row lies in out: a bias gradient lies apart from its weights

const WIDTH = 8u; // invocations of a workgroup, in rows and in columns
const TILE = 4 * WIDTH;
const DEPTH = 32u; // values of k in a slab
const GROUPS = TILE / 4; // of four rows or columns in a tile
const PITCH = GROUPS + 1; // one more keeps the patches of a column of patches on different banks

var<workgroup> slab_a: array<vec4f, DEPTH * PITCH>; // [DEPTH, GROUPS], four rows each
var<workgroup> slab_b: array<vec4f, DEPTH * PITCH>; // [DEPTH, GROUPS], four columns each

@group(0) @binding(0) var<storage, read_write> out: array<f32>; // [M, N] f32

@compute @workgroup_size(WIDTH, WIDTH)
fn matmul_tile_small(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  // The patches that this invocation brings: neighbours take neighbours in memory.
  let across = vec2u(index % GROUPS, index / GROUPS);
  let along = vec2u(index / (DEPTH / 4), index % (DEPTH / 4));
  let at_a = select(along, across, TRANSPOSE_A);
  let at_b = select(across, along, TRANSPOSE_B);
  let rows = start_of_rows(workgroup.y * TILE + 4 * at_a.x);
  let columns = start_of_columns(workgroup.x * TILE + 4 * at_b.x);
  let to_a = 4 * at_a.y * PITCH + at_a.x;
  let to_b = 4 * at_b.y * PITCH + at_b.x;

  let slabs = (K + DEPTH - 1) / DEPTH;
  let end = (workgroup.z + 1) * slabs / PARTS * DEPTH;
  var block = mat4x4f(); // a row of the block is a column of its matrix
  for (var k = workgroup.z * slabs / PARTS * DEPTH; k < end; k += DEPTH) {
    let patch_a = patch_of_a(rows, k + 4 * at_a.y);
    let patch_b = patch_of_b(columns, k + 4 * at_b.y);
    workgroupBarrier();
    for (var q = 0u; q < 4; q++) {
      slab_a[to_a + q * PITCH] = patch_a[q];
      slab_b[to_b + q * PITCH] = patch_b[q];
    }
    workgroupBarrier();
    for (var d = 0u; d < DEPTH; d++) {
      block += outer(slab_b[d * PITCH + local.x], slab_a[d * PITCH + local.y]);
    }
  }

  let row = workgroup.y * TILE + 4 * local.y;
  let column = workgroup.x * TILE + 4 * local.x;
  for (var y = 0u; y < 4; y++) {
    if (PARTS > 1) {
      store_part(block[0], workgroup.z, row + y, column);
    } else {
      store_row(block[0], row + y, column);
    }
    block = next_row(block);
  }
}
