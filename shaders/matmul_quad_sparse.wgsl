// matmul_quad.wgsl for a left operand of bytes with many zeros, as the edges of images are: values of k for which a
// block's part of op(A) is nothing but zeros are passed over.

enable subgroups;
// Where a loop ends, the quads that share what they load agree on.
diagnostic(off, subgroup_uniformity);

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
fn matmul_quad_sparse(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_id) local: vec3u) {
  make_block(workgroup.xy, local.xy);
}

// The invocation's part of op(A) for the next four values of k, from `k` on, that are not all zeros in the block, or for the
// last; a column for each four rows; then `place` is the next's. The last row may be one of ones, made of zeros by a hook.
fn next_part_of_a(i: vec4u, k: ptr<function, u32>, place: ptr<function, u32>, lane: u32) -> mat4x4f {
  let always = select(0u, 1u, TRANSPOSE_A && any(i == vec4u((M - 1) / 4)));
  var words: vec4u;
  loop {
    words = words_of_a(i, *place);
    *place = place_of_k(*k + DEPTH, lane);
    if (*k + DEPTH >= K || bits_of_all(always | words.x | words.y | words.z | words.w) != 0) { break; }
    *k += DEPTH;
  }
  return mat4x4f(
    part_of_word(words.x, i.x, *k, lane), part_of_word(words.y, i.y, *k, lane),
    part_of_word(words.z, i.z, *k, lane), part_of_word(words.w, i.w, *k, lane),
  );
}

fn words_of_a(i: vec4u, place: u32) -> vec4u {
  if (TRANSPOSE_A) { return vec4u(word_a(place, i.x), word_a(place, i.y), word_a(place, i.z), word_a(place, i.w)); }
  return vec4u(word_a(i.x, place), word_a(i.y, place), word_a(i.z, place), word_a(i.w, place));
}

// Four values of k of the invocation's own row, or four rows at the invocation's own k; 0 where k is past the end.
fn part_of_word(word: u32, i: u32, k: u32, lane: u32) -> vec4f {
  if (TRANSPOSE_A) { return until_end(values_a(word, i), k + lane); }
  return until_k(values_a(word, k / 4), k);
}

// The bits of all that load B together. A vote would take llvmpipe longer.
fn bits_of_all(own: u32) -> u32 {
  let two = own | quadSwapX(own);
  let quad = two | quadSwapY(two);
  if (PAIR) { return quad | subgroupShuffleXor(quad, 4u); }
  return quad;
}
