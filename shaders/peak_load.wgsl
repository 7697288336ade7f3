// A measure of the device: the most bytes that it reads. An invocation sums VECTORS vectors, each a whole row of
// invocations behind the one before it, four at a time.

const WORKGROUP = 64u;
const VECTORS = 64u; // of an invocation

@group(0) @binding(0) var<storage, read> values: array<vec4f>;  // [VECTORS, invocations, 4] f32
@group(0) @binding(1) var<storage, read_write> out: array<f32>; // [invocations] f32

@compute @workgroup_size(WORKGROUP)
fn peak_load(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let invocations = workgroups.x * WORKGROUP;
  var sum = vec4f();
  let end = arrayLength(&values); // SwiftShader divides for it: not in the loop
  for (var at = id.x; at < end; at += 4 * invocations) {
    sum += values[at] + values[at + invocations] + values[at + 2 * invocations] + values[at + 3 * invocations];
  }
  out[id.x] = dot(sum, vec4f(1));
}
