// Part of the kernels that make op(A) · op(B) by quads of invocations. A quad makes a block of `out` in registers, 16 columns
// wide, four neighbouring columns each. For four values of k at a time its invocations load a part of A each and swap the
// parts. A workgroup is QUADS quads, one below the other; a PAIR of them shares what it loads of B, else nothing is shared.
// The kernel says with next_part_of_a() how it reads op(A).

override M: u32; // rows of op(A) and of out
override N: u32; // columns of op(B) and of out
override K: u32; // columns of op(A), rows of op(B)
override TRANSPOSE_A: bool = false; // A is stored [K, M]
override TRANSPOSE_B: bool = false; // B is stored [N, K]
override LAST_ROW_AT: u32 = (M - 1) * N; // where the last row lies in out: a bias gradient lies apart from its weights
override QUADS: u32 = 2; // of a workgroup; llvmpipe fills its registers with two
override BANDS: u32 = 4; // of four rows, in a block: three or four
override PAIR: bool = false; // the two quads are one subgroup of eight
override LINE: u32 = 1; // of Aᵀ: a block's bands lie so many times four rows apart, as the lines of an image do

const DEPTH = 4u; // values of k at a time
const UNPACKS = false; // bytes by an instruction

@group(0) @binding(0) var<storage, read_write> out: array<Stored>; // [M, N] f32

fn make_block(workgroup: vec2u, local: vec2u) {
  let lane = local.x;
  let line = select(1, LINE, TRANSPOSE_A);
  let block = workgroup.y * QUADS + local.y;
  let row = 4 * (block / line * line * BANDS + block % line);
  let column = workgroup.x * 16 + 4 * lane;

  // Four rows of op(A) each. Rows and columns past the edge have no effect: their results are not stored.
  let i = vec4u(
    start_of_part(row, lane), start_of_part(row + 4 * line, lane),
    start_of_part(row + 8 * line, lane), start_of_part(row + 12 * line, lane),
  );
  let columns = start_of_columns(column);

  // A row of a band is a column here, since that is what WGSL makes a matrix of.
  var band0 = mat4x4f();
  var band1 = mat4x4f();
  var band2 = mat4x4f();
  var band3 = mat4x4f();
  // In the order of which SwiftShader makes the least code (ARCHITECTURE.md, Variants). The end is K.
  let end = select(K, 0u, lengths() == 0);
  var place = place_of_k(0, lane);
  for (var k = 0u; k < end; k += DEPTH) {
    let part = next_part_of_a(i, &k, &place, lane);
    let a0 = swapped(until_last(part[0], k, lane));
    let a1 = swapped(until_last(part[1], k, lane));
    let a2 = swapped(until_last(part[2], k, lane));
    let a3 = swapped(until_last(part[3], k, lane));
    let b = part_of_b(columns, k, local);
    band0 = plus_products(band0, a0, b);
    band1 = plus_products(band1, a1, b);
    band2 = plus_products(band2, a2, b);
    if (BANDS == 4) { band3 = plus_products(band3, a3, b); }
  }

  // A loop over an array keeps the store hooks, which may be long, from being unrolled 64 times; that its end is not a
  // constant keeps compilers from doing it all the same, which took llvmpipe a second. In whole fours, as rows are swapped.
  let used = (min(4 * BANDS, M - row) + 3) / 4 * 4;
  var bands = array<mat4x4f, 4>(band0, band1, band2, band3);
  for (var y = 0u; y < used; y++) {
    let i = row + 4 * line * (y >> 2) + (select(y ^ lane, y, TRANSPOSE_A) & 3);
    store_row(bands[y >> 2][y & 3], i, column); // no division: SwiftShader divides for one lane after the other
  }
}

// Where the invocation's part of four rows of op(A) begins: a row of A each, or the same four columns of Aᵀ for all.
fn start_of_part(row: u32, lane: u32) -> u32 {
  if (TRANSPOSE_A) { return min(row / 4, (M - 1) / 4); }
  return start_a(min(row + lane, M - 1));
}

// Where the invocation finds the values of k from `k` on. Asked for a turn ahead, since the row of a batch
// takes one load to find and another to read.
fn place_of_k(k: u32, lane: u32) -> u32 {
  if (TRANSPOSE_A) { return start_a(inside(k + lane)); }
  return k / 4;
}

// A part is four values of k of the invocation's own row, or four rows at its own k. Here 0 where k is past the end.
fn until_last(part: vec4f, k: u32, lane: u32) -> vec4f {
  if (TRANSPOSE_A) { return until_end(part, k + lane); }
  return until_k(part, k);
}

// A column for each of four rows of op(A), of four values of k each in the order of `part_of_b`.
// Not transposed, the rows are in another order for each invocation: lane, lane ^ 1, lane ^ 2, lane ^ 3.
fn swapped(part: vec4f) -> mat4x4f {
  if (TRANSPOSE_A && TRANSPOSE_B) {
    return transpose(mat4x4f(
      quadBroadcast(part, 0u), quadBroadcast(part, 1u), quadBroadcast(part, 2u), quadBroadcast(part, 3u),
    ));
  }
  let parts = mat4x4f(part, quadSwapX(part), quadSwapY(part), quadSwapDiagonal(part));
  if (TRANSPOSE_A) { return transpose(parts); }
  return parts;
}

// A column for each of four values of k, of four columns of op(B) each. Where A alone is transposed, the invocation's
// own k comes first: k + lane, k + (lane ^ 1), k + (lane ^ 2), k + (lane ^ 3).
fn part_of_b(columns: vec4u, k: u32, local: vec2u) -> mat4x4f {
  let lines = lines_of_b(columns, k, select(0, local.x, TRANSPOSE_A), local.y);
  if (TRANSPOSE_B) { return transpose(lines); }
  return lines;
}

// The four lines of a patch as they lie in memory: values of k from `first` on, or columns of op(B) where B is transposed.
fn lines_of_b(columns: vec4u, k: u32, first: u32, quad: u32) -> mat4x4f {
  if (!PAIR) {
    return mat4x4f(
      line_of_b(columns.x, k, first), line_of_b(columns.y, k, first ^ 1),
      line_of_b(columns.z, k, first ^ 2), line_of_b(columns.w, k, first ^ 3),
    );
  }
  let own = select(columns.xy, columns.zw, vec2<bool>(quad == 1));
  let line0 = line_of_b(own.x, k, first ^ (2 * quad));
  let line1 = line_of_b(own.y, k, first ^ (2 * quad + 1));
  let other0 = subgroupShuffleXor(line0, 4u);
  let other1 = subgroupShuffleXor(line1, 4u);
  if (quad == 1) { return mat4x4f(other0, other1, line0, line1); }
  return mat4x4f(line0, line1, other0, other1);
}

fn line_of_b(column: u32, k: u32, i: u32) -> vec4f {
  if (TRANSPOSE_B) { return until_k(load4_b(column, k / 4), k); }
  return load4_b(start_b(inside(k + i)), column);
}

// A band and its products of four values of k, a sum at a time, which SwiftShader then has in a register.
fn plus_products(band: mat4x4f, a: mat4x4f, b: mat4x4f) -> mat4x4f {
  let columns = transpose(b);
  return mat4x4f(
    plus_dots(band[0], a[0], columns), plus_dots(band[1], a[1], columns),
    plus_dots(band[2], a[2], columns), plus_dots(band[3], a[3], columns),
  );
}

fn plus_dots(sums: vec4f, a: vec4f, columns: mat4x4f) -> vec4f {
  return vec4f(
    sums.x + dot(columns[0], a), sums.y + dot(columns[1], a), sums.z + dot(columns[2], a), sums.w + dot(columns[3], a),
  );
}
