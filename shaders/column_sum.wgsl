// out = store(sum of the rows of A): the gradient of a bias on its own.
// An invocation sums one column, from the first row to the last.

override M: u32; // rows
override N: u32; // columns

const WORKGROUP = 64u;

@group(0) @binding(0) var<storage, read_write> out: array<f32>; // [N] f32

@compute @workgroup_size(WORKGROUP)
fn column_sum(@builtin(global_invocation_id) id: vec3u) {
  let column = id.x;
  if (column >= N) { return; }
  var sum = 0.0;
  for (var row = 0u; row < M; row++) { sum += load_a(start_a(row), column); }
  out[column] = store(sum, 0, column, column);
}
