// matmul_quad.wgsl for a left operand of bytes with many zeros, as the edges of images are: values of k for which a
// block's part of op(A) is nothing but zeros are passed over.

enable subgroups;
// Where a loop ends, the quads that share what they load agree on.
diagnostic(off, subgroup_uniformity);

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
  let columns = select(vec4u(*k / 4), i, vec4<bool>(TRANSPOSE_A));
  return mat4x4f(
    values_a(words.x, columns.x), values_a(words.y, columns.y),
    values_a(words.z, columns.z), values_a(words.w, columns.w),
  );
}

fn words_of_a(i: vec4u, place: u32) -> vec4u {
  if (TRANSPOSE_A) { return vec4u(word_a(place, i.x), word_a(place, i.y), word_a(place, i.z), word_a(place, i.w)); }
  return vec4u(word_a(i.x, place), word_a(i.y, place), word_a(i.z, place), word_a(i.w, place));
}

// The bits of all that load B together. A vote would take llvmpipe longer.
fn bits_of_all(own: u32) -> u32 {
  let two = own | quadSwapX(own);
  let quad = two | quadSwapY(two);
  if (PAIR) { return quad | subgroupShuffleXor(quad, 4u); }
  return quad;
}
