// Part of the loss kernels, whose workgroups take ROWS rows of the batch each: what a workgroup tells of them.

const ROWS = 16u;

var<workgroup> row_metrics: array<vec2f, ROWS>; // (loss, right answers) of a row

// Writes the sums of row_metrics, made in the order of the rows so that they come out the same each time. Every invocation
// calls it; workgroup memory that others wrote before is visible after.
fn report(lane: u32, workgroup: u32, workgroups: u32) {
  workgroupBarrier();
  if (lane > 0) { return; }
  var sums = vec2f();
  for (var i = 0u; i < ROWS; i++) { sums += row_metrics[i]; }
  metrics[step.metrics_row * workgroups + workgroup] = sums;
}
