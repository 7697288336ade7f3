// A measure of the device: the most bytes that it reads. An invocation sums sixteen vectors, each a whole row of
// invocations behind the one before it.

const WORKGROUP = 64u;
const VECTORS = 16u; // of an invocation

@group(0) @binding(0) var<storage, read> values: array<vec4f>;  // [VECTORS, invocations, 4] f32
@group(0) @binding(1) var<storage, read_write> out: array<f32>; // [invocations] f32

@compute @workgroup_size(WORKGROUP)
fn peak_load(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let invocations = workgroups.x * WORKGROUP;
  var sum = vec4f();
  for (var i = 0u; i < VECTORS; i++) { sum += values[i * invocations + id.x]; }
  out[id.x] = dot(sum, vec4f(1));
}
