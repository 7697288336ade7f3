// out = store(op(A) · op(B)), op being the transpose where TRANSPOSE_A or TRANSPOSE_B says so.
// For SwiftShader, where a load costs as much as ten multiplications and additions of registers. A workgroup is a quad of
// invocations, which makes a 64 × 32 block of `out`, two times four neighbouring columns each. For four values of k at a
// time they load a part of A each and swap the parts; nothing else is shared.

override M: u32; // rows of op(A) and of out
override N: u32; // columns of op(B) and of out
override K: u32; // columns of op(A), rows of op(B)
override TRANSPOSE_A: bool = false; // A is stored [K, M]
override TRANSPOSE_B: bool = false; // B is stored [N, K]
override LAST_ROW_AT: u32 = (M - 1) * N; // where the last row lies in out: a bias gradient lies apart from its weights

const ROWS = 64u; // of the block
const COLUMNS = 32u;
const BAND = 32u; // rows of the upper and of the lower half of the block
const HALF = 16u; // columns of the left and of the right half of the block
const DEPTH = 8u; // values of k in a turn of the loop, which takes each of the block's values along: 12 instructions

@group(0) @binding(0) var<storage, read_write> out: array<f32>; // [M, N] f32

// Where the operands of the invocation begin: four rows of op(A) at a time, four columns of op(B) in either half.
struct Place {
  upper: array<u32, 8>,
  lower: array<u32, 8>,
  left: vec4u,
  right: vec4u,
  lane: u32,
}

// The columns of the invocation in BAND rows, four at a time, those on the left before those on the right. A row is a
// column here, since that is what WGSL makes a matrix of.
alias Band = array<mat4x4f, 16>;

struct Block {
  upper: Band,
  lower: Band,
}

@compute @workgroup_size(4)
fn matmul_quad_large(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let lane = local.x;
  let row = workgroup.y * ROWS;
  let column = workgroup.x * COLUMNS + 4 * lane;

  // Rows and columns past the edge have no effect: their results are not stored.
  let upper = starts_of_parts(row, lane);
  let lower = starts_of_parts(row + BAND, lane);
  let place = Place(upper, lower, start_of_columns(column), start_of_columns(column + HALF), lane);

  var block = Block();
  for (var k = 0u; k < K; k += DEPTH) {
    block = with_products(with_products(block, place, k), place, k + 4);
  }

  // A loop over an array keeps the store hooks, which may be long, from being unrolled 512 times. Its index in shifts and
  // masks, since SwiftShader divides for one lane after the other.
  var bands = array(block.upper, block.lower);
  for (var y = 0u; y < 2 * ROWS; y++) {
    let band = y >> 6; // 2 · BAND rows: those on the left, those on the right
    let i = row + band * BAND + (select(y ^ lane, y, TRANSPOSE_A) & (BAND - 1));
    store_row(bands[band][(y >> 2) & 15][y & 3], i, column + ((y & BAND) >> 1)); // HALF is BAND / 2
  }
}

fn starts_of_parts(row: u32, lane: u32) -> array<u32, 8> {
  return array(
    start_of_part(row, lane), start_of_part(row + 4, lane), start_of_part(row + 8, lane),
    start_of_part(row + 12, lane), start_of_part(row + 16, lane), start_of_part(row + 20, lane),
    start_of_part(row + 24, lane), start_of_part(row + 28, lane),
  );
}

// The block and the products of four values of k.
fn with_products(block: Block, place: Place, k: u32) -> Block {
  let left = part_of_b(place.left, k, place.lane);
  let right = part_of_b(place.right, k, place.lane);
  return Block(
    band_with_products(block.upper, place.upper, left, right, k, place.lane),
    band_with_products(block.lower, place.lower, left, right, k, place.lane),
  );
}

// Written out: an index that is not a constant would move the band to memory.
fn band_with_products(
  before: Band, rows: array<u32, 8>, left: mat4x4f, right: mat4x4f, k: u32, lane: u32,
) -> Band {
  var band = before;
  let a0 = swapped(part_of_a(rows[0], k, lane));
  band[0] = plus_products(band[0], a0, left);
  band[8] = plus_products(band[8], a0, right);
  let a1 = swapped(part_of_a(rows[1], k, lane));
  band[1] = plus_products(band[1], a1, left);
  band[9] = plus_products(band[9], a1, right);
  let a2 = swapped(part_of_a(rows[2], k, lane));
  band[2] = plus_products(band[2], a2, left);
  band[10] = plus_products(band[10], a2, right);
  let a3 = swapped(part_of_a(rows[3], k, lane));
  band[3] = plus_products(band[3], a3, left);
  band[11] = plus_products(band[11], a3, right);
  let a4 = swapped(part_of_a(rows[4], k, lane));
  band[4] = plus_products(band[4], a4, left);
  band[12] = plus_products(band[12], a4, right);
  let a5 = swapped(part_of_a(rows[5], k, lane));
  band[5] = plus_products(band[5], a5, left);
  band[13] = plus_products(band[13], a5, right);
  let a6 = swapped(part_of_a(rows[6], k, lane));
  band[6] = plus_products(band[6], a6, left);
  band[14] = plus_products(band[14], a6, right);
  let a7 = swapped(part_of_a(rows[7], k, lane));
  band[7] = plus_products(band[7], a7, left);
  band[15] = plus_products(band[15], a7, right);
  return band;
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
