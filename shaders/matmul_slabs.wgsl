// Part of the matmul kernels for GPUs, whose workgroups make square tiles of `out`: slabs of op(A) and op(B), DEPTH
// values of k at a time, pass through workgroup memory. The kernel says with TILE how many rows and columns a tile has;
// of its 2 * PATCHES invocations half bring op(A), half op(B).
// The sums fill half of an Intel GPU's registers, so nothing else is kept: an invocation brings one patch, finds its
// place anew for each slab, and writes it where it was read (`npm run gpustats` shows what spills).

const DEPTH = 16u; // values of k in a slab
const UNPACKS = true; // bytes by an instruction
const STEPS = DEPTH / 4; // patches of a slab along k
const GROUPS = TILE / 4; // patches of a slab along rows or columns
const PATCHES = STEPS * GROUPS;
const PITCH = GROUPS + 2; // two more, so that eight neighbours write to different banks, at PITCH * step + group
const SLAB = STEPS * PITCH;

// [4, 2, STEPS, GROUPS]: four rows of op(A) each, then four columns of op(B), at the first of four values of k, then
// at the second, and so on.
var<workgroup> slabs: array<array<vec4f, 2 * SLAB>, 4>;

// Fills the slabs with the values of k from k on, of the tile that begins at `row` and `column`. All invocations of the
// workgroup must call it. Neighbours take neighbours in memory.
fn fill_slabs(invocation: u32, row: u32, column: u32, k: u32) {
  let i = invocation % PATCHES;
  let along = vec2u(i / STEPS, i % STEPS);
  let across = vec2u(i % GROUPS, i / GROUPS);
  workgroupBarrier();
  if (invocation < PATCHES) {
    let at = select(along, across, TRANSPOSE_A);
    put(patch_of_a(start_of_rows(row + 4 * at.x), k + 4 * at.y), at.y * PITCH + at.x);
  } else {
    let at = select(across, along, TRANSPOSE_B);
    put(patch_of_b(start_of_columns(column + 4 * at.x), k + 4 * at.y), SLAB + at.y * PITCH + at.x);
  }
  workgroupBarrier();
}

fn put(values: mat4x4f, to: u32) {
  for (var q = 0u; q < 4; q++) {
    slabs[q][to] = values[q];
  }
}

// A loop over the rows of a block keeps the store hooks, which may be long, from being unrolled for each; an index that
// is not a constant would move the block from a GPU's registers to memory.
fn next_row(block: mat4x4f) -> mat4x4f {
  return mat4x4f(block[1], block[2], block[3], block[0]);
}

fn outer(row: vec4f, column: vec4f) -> mat4x4f {
  return mat4x4f(row * column.x, row * column.y, row * column.z, row * column.w);
}
