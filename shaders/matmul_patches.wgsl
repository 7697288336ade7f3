// Part of the matmul kernels, which make their blocks out of 4 × 4 patches: how a patch of op(A) or op(B) is read,
// whichever way the matrix is stored, and how a row of a block is stored. Rows and columns past the edge hold anything,
// since nothing that they make is stored; values of k past the end are 0 in op(A) and finite in op(B).
// The kernel says with DEPTH how many values of k it takes at a time.

// Where four rows of op(A) begin, for patch_of_a; `row` is a multiple of 4.
fn start_of_rows(row: u32) -> vec4u {
  if (TRANSPOSE_A) { return vec4u(min(row / 4, (M - 1) / 4)); }
  return vec4u(
    start_a(min(row, M - 1)), start_a(min(row + 1, M - 1)), start_a(min(row + 2, M - 1)), start_a(min(row + 3, M - 1)),
  );
}

// A column for each value of k from k on, of four rows each; `k` is a multiple of 4.
fn patch_of_a(rows: vec4u, k: u32) -> mat4x4f {
  if (TRANSPOSE_A) {
    return mat4x4f(at_k(rows.x, k), at_k(rows.x, k + 1), at_k(rows.x, k + 2), at_k(rows.x, k + 3));
  }
  return transpose(mat4x4f(
    until_k(load4_a(rows.x, k / 4), k), until_k(load4_a(rows.y, k / 4), k),
    until_k(load4_a(rows.z, k / 4), k), until_k(load4_a(rows.w, k / 4), k),
  ));
}

// Where four columns of op(B) begin, for patch_of_b; `column` is a multiple of 4.
fn start_of_columns(column: u32) -> vec4u {
  if (!TRANSPOSE_B) { return vec4u(min(column / 4, (N - 1) / 4)); }
  return vec4u(
    start_b(min(column, N - 1)), start_b(min(column + 1, N - 1)),
    start_b(min(column + 2, N - 1)), start_b(min(column + 3, N - 1)),
  );
}

// A column for each value of k from k on, of four columns of op(B) each; `k` is a multiple of 4.
fn patch_of_b(columns: vec4u, k: u32) -> mat4x4f {
  if (TRANSPOSE_B) {
    return transpose(mat4x4f(
      until_k(load4_b(columns.x, k / 4), k), until_k(load4_b(columns.y, k / 4), k),
      until_k(load4_b(columns.z, k / 4), k), until_k(load4_b(columns.w, k / 4), k),
    ));
  }
  return mat4x4f(
    load4_b(start_b(inside(k)), columns.x), load4_b(start_b(inside(k + 1)), columns.x),
    load4_b(start_b(inside(k + 2)), columns.x), load4_b(start_b(inside(k + 3)), columns.x),
  );
}

// Four rows of op(A) at one value of k, of Aᵀ in memory.
fn at_k(quad: u32, k: u32) -> vec4f {
  return until_end(load4_a(start_a(inside(k)), quad), k);
}

fn until_end(values: vec4f, k: u32) -> vec4f {
  if (K % DEPTH == 0) { return values; }
  return select(vec4f(), values, k < K);
}

fn until_k(values: vec4f, k: u32) -> vec4f {
  if (K % DEPTH == 0) { return values; }
  return select(vec4f(), values, k + vec4u(0, 1, 2, 3) < vec4u(K));
}

fn inside(k: u32) -> u32 {
  if (K % DEPTH == 0) { return k; }
  return min(k, K - 1);
}

// The sum over k of the products of a column of four rows and a row of four columns: a row of the block is a column.
fn product(patch_a: mat4x4f, patch_b: mat4x4f) -> mat4x4f {
  return patch_b * transpose(patch_a);
}

// Stores four neighbouring columns of row i; `column` is a multiple of 4.
fn store_row(values: vec4f, i: u32, column: u32) {
  store_at(select(i * N, LAST_ROW_AT, i == M - 1) + column, values, i, column, N);
}
