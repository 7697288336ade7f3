// Part of the matmul kernels of quads: how the four invocations share the loading of op(A). For four values of k at a
// time each loads a part of four rows, and they swap the parts. `lane` is the number of the invocation in its quad.

// Where the invocation's part of four rows of op(A) begins: a row of A each, or the same four columns of Aᵀ for all.
fn start_of_part(row: u32, lane: u32) -> u32 {
  if (TRANSPOSE_A) { return min(row / 4, (M - 1) / 4); }
  return start_a(min(row + lane, M - 1));
}

// Where the invocation finds the values of k from `k` on, for part_of_a. Asked for a turn ahead, since the row of a batch
// takes one load to find and another to read.
fn place_of_k(k: u32, lane: u32) -> u32 {
  if (TRANSPOSE_A) { return start_a(inside(k + lane)); }
  return k / 4;
}

// Four values of k of the invocation's own row, or four rows at the invocation's own k; 0 where k is past the end.
fn part_of_a(i: u32, place: u32, k: u32, lane: u32) -> vec4f {
  if (TRANSPOSE_A) { return until_end(load4_a(place, i), k + lane); }
  return until_k(load4_a(i, place), k);
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
fn part_of_b(columns: vec4u, k: u32, lane: u32) -> mat4x4f {
  if (!TRANSPOSE_A || TRANSPOSE_B) { return patch_of_b(columns, k); }
  return mat4x4f(
    load4_b(start_b(inside(k + lane)), columns.x), load4_b(start_b(inside(k + (lane ^ 1))), columns.x),
    load4_b(start_b(inside(k + (lane ^ 2))), columns.x), load4_b(start_b(inside(k + (lane ^ 3))), columns.x),
  );
}
