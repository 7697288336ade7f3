// out = store(op(A) · op(B)), op being the transpose where TRANSPOSE_A or TRANSPOSE_B says so.
// For SwiftShader, where a load costs as much as ten multiplications and additions of registers. A workgroup is a quad of
// invocations, which makes a 32 × 32 block of `out`, two times four neighbouring columns each. For four values of k at a
// time they load a part of A each and swap the parts; nothing else is shared.

override M: u32; // rows of op(A) and of out
override N: u32; // columns of op(B) and of out
override K: u32; // columns of op(A), rows of op(B)
override TRANSPOSE_A: bool = false; // A is stored [K, M]
override TRANSPOSE_B: bool = false; // B is stored [N, K]
override LAST_ROW_AT: u32 = (M - 1) * N; // where the last row lies in out: a bias gradient lies apart from its weights

const BLOCK = 32u;
const HALF = 16u; // columns of either half of the block
const DEPTH = 8u; // values of k in a turn of the loop, which takes each of the block's values along: 12 instructions

@group(0) @binding(0) var<storage, read_write> out: array<f32>; // [M, N] f32

// Where the operands of the invocation begin: four rows of op(A) at a time, four columns of op(B) in either half.
struct Place {
  rows: array<u32, 8>,
  left: vec4u,
  right: vec4u,
  lane: u32,
}

// The columns of the invocation in four rows at a time. A row is a column here, since that is what WGSL makes a matrix of.
struct Block {
  left: array<mat4x4f, 8>,
  right: array<mat4x4f, 8>,
}

@compute @workgroup_size(4)
fn matmul_quad_large(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let lane = local.x;
  let row = workgroup.y * BLOCK;
  let column = workgroup.x * BLOCK + 4 * lane;

  // Rows and columns past the edge have no effect: their results are not stored.
  let rows = array(
    start_of_part(row, lane), start_of_part(row + 4, lane), start_of_part(row + 8, lane),
    start_of_part(row + 12, lane), start_of_part(row + 16, lane), start_of_part(row + 20, lane),
    start_of_part(row + 24, lane), start_of_part(row + 28, lane),
  );
  let place = Place(rows, start_of_columns(column), start_of_columns(column + HALF), lane);

  var block = Block();
  for (var k = 0u; k < K; k += DEPTH) {
    block = with_products(with_products(block, place, k), place, k + 4);
  }

  // Loops over arrays keep the store hooks, which may be long, from being unrolled 256 times.
  var left = block.left;
  var right = block.right;
  for (var part = 0u; part < BLOCK / 4; part++) {
    for (var y = 0u; y < 4; y++) {
      let i = row + 4 * part + select(y ^ lane, y, TRANSPOSE_A);
      store_row(left[part][y], i, column);
      store_row(right[part][y], i, column + HALF);
    }
  }
}

// The block and the products of four values of k. Written out: an index that is not a constant would move it to memory.
fn with_products(before: Block, place: Place, k: u32) -> Block {
  let lane = place.lane;
  let start = start_of_depth(k + lane);
  let left = part_of_b(place.left, k, lane);
  let right = part_of_b(place.right, k, lane);
  var block = before;
  let a0 = swapped(part_of_a(place.rows[0], start, k, lane));
  block.left[0] = plus_products(block.left[0], a0, left);
  block.right[0] = plus_products(block.right[0], a0, right);
  let a1 = swapped(part_of_a(place.rows[1], start, k, lane));
  block.left[1] = plus_products(block.left[1], a1, left);
  block.right[1] = plus_products(block.right[1], a1, right);
  let a2 = swapped(part_of_a(place.rows[2], start, k, lane));
  block.left[2] = plus_products(block.left[2], a2, left);
  block.right[2] = plus_products(block.right[2], a2, right);
  let a3 = swapped(part_of_a(place.rows[3], start, k, lane));
  block.left[3] = plus_products(block.left[3], a3, left);
  block.right[3] = plus_products(block.right[3], a3, right);
  let a4 = swapped(part_of_a(place.rows[4], start, k, lane));
  block.left[4] = plus_products(block.left[4], a4, left);
  block.right[4] = plus_products(block.right[4], a4, right);
  let a5 = swapped(part_of_a(place.rows[5], start, k, lane));
  block.left[5] = plus_products(block.left[5], a5, left);
  block.right[5] = plus_products(block.right[5], a5, right);
  let a6 = swapped(part_of_a(place.rows[6], start, k, lane));
  block.left[6] = plus_products(block.left[6], a6, left);
  block.right[6] = plus_products(block.right[6], a6, right);
  let a7 = swapped(part_of_a(place.rows[7], start, k, lane));
  block.left[7] = plus_products(block.left[7], a7, left);
  block.right[7] = plus_products(block.right[7], a7, right);
  return block;
}

// A patch of the block and the products of four values of k. A sum at a time, which SwiftShader then has in a register:
// whole matrices take a tenth longer.
fn plus_products(patch_of_block: mat4x4f, a: mat4x4f, b: mat4x4f) -> mat4x4f {
  let columns = transpose(b);
  return mat4x4f(
    plus_dots(patch_of_block[0], a[0], columns), plus_dots(patch_of_block[1], a[1], columns),
    plus_dots(patch_of_block[2], a[2], columns), plus_dots(patch_of_block[3], a[3], columns),
  );
}

fn plus_dots(sums: vec4f, a: vec4f, columns: mat4x4f) -> vec4f {
  return vec4f(
    sums.x + dot(a, columns[0]), sums.y + dot(a, columns[1]), sums.z + dot(a, columns[2]), sums.w + dot(a, columns[3]),
  );
}
