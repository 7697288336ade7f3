// out = store(op(A) · op(B)), op being the transpose where TRANSPOSE_A or TRANSPOSE_B says so.
// For processors with subgroups. A quad of invocations makes a block of `out` in registers, 16 columns wide, four
// neighbouring columns each. For four values of k at a time its invocations load a part of A each and swap the parts.
// A workgroup is QUADS quads, one below the other; a PAIR of them shares what it loads of B, else nothing is shared.

enable subgroups;

override M: u32; // rows of op(A) and of out
override N: u32; // columns of op(B) and of out
override K: u32; // columns of op(A), rows of op(B)
override TRANSPOSE_A: bool = false; // A is stored [K, M]
override TRANSPOSE_B: bool = false; // B is stored [N, K]
override LAST_ROW_AT: u32 = (M - 1) * N; // where the last row lies in out: a bias gradient lies apart from its weights
override QUADS: u32 = 2; // of a workgroup; llvmpipe fills its registers with two
override BANDS: u32 = 4; // of four rows, in a block: three or four
override PAIR: bool = false; // the two quads are one subgroup of eight

const DEPTH = 4u; // values of k at a time
const UNPACKS = false; // bytes by an instruction

@group(0) @binding(0) var<storage, read_write> out: array<Stored>; // [M, N] f32

@compute @workgroup_size(4, QUADS)
fn matmul_quad(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_id) local: vec3u) {
  make_block(workgroup.xy, local.xy);
}

// The invocation's part of op(A) for four values of k from `k` on, a column for each four rows; then `place` is the next's.
fn next_part_of_a(i: vec4u, k: ptr<function, u32>, place: ptr<function, u32>, lane: u32) -> mat4x4f {
  var part = mat4x4f();
  part[0] = part_of_a(i.x, *place, *k, lane);
  part[1] = part_of_a(i.y, *place, *k, lane);
  part[2] = part_of_a(i.z, *place, *k, lane);
  if (BANDS == 4) { part[3] = part_of_a(i.w, *place, *k, lane); }
  *place = place_of_k(*k + DEPTH, lane);
  return part;
}

// Four values of k of the invocation's own row, or four rows at the invocation's own k; 0 where k is past the end.
fn part_of_a(i: u32, place: u32, k: u32, lane: u32) -> vec4f {
  if (TRANSPOSE_A) { return until_end(load4_a(place, i), k + lane); }
  return until_k(load4_a(i, place), k);
}
