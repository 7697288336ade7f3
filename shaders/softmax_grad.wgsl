// out = s ⊙ (g − ⟨g, s⟩) for each row: the gradient of softmax from its output s and the gradient g of that output.
// An invocation makes one row.

override M: u32; // rows
override N: u32; // columns: classes

const WORKGROUP = 64u;

@group(0) @binding(0) var<storage, read> probabilities: array<f32>; // [M, N] f32, what softmax returned
@group(0) @binding(1) var<storage, read_write> out: array<f32>;     // [M, N] f32

@compute @workgroup_size(WORKGROUP)
fn softmax_grad(@builtin(global_invocation_id) id: vec3u) {
  let row = id.x;
  if (row >= M) { return; }
  let start = start_a(row);
  var inner = 0.0;
  for (var c = 0u; c < N; c++) { inner += load_a(start, c) * probabilities[row * N + c]; }
  for (var c = 0u; c < N; c++) {
    let index = row * N + c;
    out[index] = probabilities[index] * (load_a(start, c) - inner);
  }
}
