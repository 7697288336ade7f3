// A measure of the device: the most bytes that it writes. An invocation writes its number into VECTORS vectors, each a
// whole row of invocations behind the one before it.

const WORKGROUP = 64u;
const VECTORS = 64u; // of an invocation

@group(0) @binding(0) var<storage, read_write> out: array<vec4f>; // [VECTORS, invocations, 4] f32

@compute @workgroup_size(WORKGROUP)
fn peak_store(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let invocations = workgroups.x * WORKGROUP;
  for (var i = 0u; i < VECTORS; i++) { out[i * invocations + id.x] = vec4f(f32(id.x)); }
}
