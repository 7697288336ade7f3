// out = store(A), element by element: an elementwise op, a load hook or a parameter update on its own.
// An invocation makes one element.

override M: u32; // rows
override N: u32; // columns

const WORKGROUP = 64u;

@group(0) @binding(0) var<storage, read_write> out: array<f32>; // [M, N] f32

@compute @workgroup_size(WORKGROUP)
fn map(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let index = id.y * workgroups.x * WORKGROUP + id.x;
  if (index >= M * N) { return; }
  let row = index / N;
  let column = index % N;
  out[index] = store(load_a(start_a(row), column), row, column, index);
}
