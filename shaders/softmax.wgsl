// out = softmax of each row of A, stable for logits of any size: the row's largest is subtracted first.
// An invocation makes one row.

override M: u32; // rows
override N: u32; // columns: classes

const WORKGROUP = 64u;

@group(0) @binding(0) var<storage, read_write> out: array<f32>; // [M, N] f32

@compute @workgroup_size(WORKGROUP)
fn softmax(@builtin(global_invocation_id) id: vec3u) {
  let row = id.x;
  if (row >= M) { return; }
  let start = start_a(row);
  var largest = load_a(start, 0);
  for (var c = 1u; c < N; c++) { largest = max(largest, load_a(start, c)); }
  var sum = 0.0;
  for (var c = 0u; c < N; c++) { sum += exp(load_a(start, c) - largest); }
  for (var c = 0u; c < N; c++) { out[row * N + c] = exp(load_a(start, c) - largest) / sum; }
}
