// Loss, gradient and count of right answers of a batch of logits against targets whose rows are distributions;
// softmax_cross_entropy_row.wgsl has the formulas. An invocation takes a row.

override M: u32; // rows: the batch size
override N: u32; // columns: classes

@group(0) @binding(0) var<storage, read> logits: array<f32>;         // [M, N] f32
@group(0) @binding(1) var<storage, read_write> metrics: array<vec2f>; // [steps, workgroups] of (losses, right answers)
@group(0) @binding(2) var<storage, read_write> gradient: array<f32>; // [M, N] f32

@compute @workgroup_size(ROWS)
fn softmax_cross_entropy(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = workgroup.x * ROWS + lane;
  row_metrics[lane] = softmax_cross_entropy_row(row, row * N);
  report(lane, workgroup.x, workgroups.x);
}

fn logit(at: u32) -> f32 {
  return logits[at];
}

fn set_gradient(row: u32, start: u32, column: u32, value: f32) {
  gradient[start + column] = value;
}
