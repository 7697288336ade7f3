// out = store(sum of the parts of a matrix, in their order): the second pass of a product whose sum over k is split.
// An invocation makes one element.

override M: u32; // rows
override N: u32; // columns
override PARTS: u32;
override LAST_ROW_AT: u32 = (M - 1) * N; // where the last row lies in out: a bias gradient lies apart from its weights

const WORKGROUP = 64u;

@group(0) @binding(0) var<storage, read> parts: array<f32>;     // [PARTS, M, N] f32
@group(0) @binding(1) var<storage, read_write> out: array<f32>; // [M, N] f32

@compute @workgroup_size(WORKGROUP)
fn sum_parts(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let element = id.y * workgroups.x * WORKGROUP + id.x;
  if (element >= M * N) { return; }
  var sum = 0.0;
  for (var part = 0u; part < PARTS; part++) { sum += parts[part * M * N + element]; }
  let row = element / N;
  let column = element % N;
  let index = select(row * N, LAST_ROW_AT, row == M - 1) + column;
  out[index] = store(sum, row, column, index);
}
