// out = store(op(A) · op(B)), op being the transpose where TRANSPOSE_A or TRANSPOSE_B says so.
// For processors with subgroups. A quad of invocations makes a 16 × 16 block of `out` in registers, four neighbouring
// columns each. For four values of k at a time its invocations load a part of A each and swap the parts; nothing else
// is shared. A workgroup is QUADS quads, one below the other.

override M: u32; // rows of op(A) and of out
override N: u32; // columns of op(B) and of out
override K: u32; // columns of op(A), rows of op(B)
override TRANSPOSE_A: bool = false; // A is stored [K, M]
override TRANSPOSE_B: bool = false; // B is stored [N, K]
override LAST_ROW_AT: u32 = (M - 1) * N; // where the last row lies in out: a bias gradient lies apart from its weights
override QUADS: u32 = 2; // of a workgroup; llvmpipe fills its registers with two

const BLOCK = 16u;
const DEPTH = 4u; // values of k at a time

@group(0) @binding(0) var<storage, read_write> out: array<f32>; // [M, N] f32

@compute @workgroup_size(4, QUADS)
fn matmul_quad(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let lane = local.x;
  let row = (workgroup.y * QUADS + local.y) * BLOCK;
  let column = workgroup.x * BLOCK + 4 * lane;

  // Four rows of op(A) each. Rows and columns past the edge have no effect: their results are not stored.
  let i0 = start_of_part(row, lane);
  let i1 = start_of_part(row + 4, lane);
  let i2 = start_of_part(row + 8, lane);
  let i3 = start_of_part(row + 12, lane);
  let columns = start_of_columns(column);

  // A row of the block is a column here, since that is what WGSL makes a matrix of.
  var block0 = mat4x4f();
  var block1 = mat4x4f();
  var block2 = mat4x4f();
  var block3 = mat4x4f();
  for (var k = 0u; k < K; k += DEPTH) {
    let a0 = part_of_a(i0, k, lane);
    let a1 = part_of_a(i1, k, lane);
    let a2 = part_of_a(i2, k, lane);
    let a3 = part_of_a(i3, k, lane);
    let b = part_of_b(columns, k, lane);
    block0 += b * swapped(a0);
    block1 += b * swapped(a1);
    block2 += b * swapped(a2);
    block3 += b * swapped(a3);
  }

  // A loop over an array keeps the store hooks, which may be long, from being unrolled 64 times; that its end is not a
  // constant keeps compilers from doing it all the same, which took llvmpipe a second. In whole fours, as rows are swapped.
  let used = (min(BLOCK, M - row) + 3) / 4 * 4;
  var blocks = array<mat4x4f, 4>(block0, block1, block2, block3);
  for (var y = 0u; y < used; y++) {
    let i = row + select(y ^ lane, y, TRANSPOSE_A);
    store_row(blocks[y >> 2][y & 3], i, column); // no division: SwiftShader divides for one lane after the other
  }
}
