// out = store(op(A) · op(B)), op being the transpose where TRANSPOSE_A or TRANSPOSE_B says so: by quads of invocations, for
// processors with subgroups (matmul_quads.wgsl).

enable subgroups;

@compute @workgroup_size(4, QUADS)
fn matmul_quad(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_id) local: vec3u) {
  make_block(workgroup.xy, local.xy);
}

// The invocation's part of op(A) for four values of k from `k` on, a column for each four rows; then `place` is the next's.
fn next_part_of_a(i: vec4u, k: ptr<function, u32>, place: ptr<function, u32>, lane: u32) -> mat4x4f {
  var part = mat4x4f();
  part[0] = part_of_a(i.x, *place);
  part[1] = part_of_a(i.y, *place);
  part[2] = part_of_a(i.z, *place);
  if (BANDS == 4) { part[3] = part_of_a(i.w, *place); }
  *place = place_of_k(*k + DEPTH, lane);
  return part;
}

fn part_of_a(i: u32, place: u32) -> vec4f {
  if (TRANSPOSE_A) { return load4_a(place, i); }
  return load4_a(i, place);
}
