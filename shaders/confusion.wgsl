// Adds to counts[true class][predicted class] for each row that counts; both classes are the column of the row's
// largest value, the first of equals. Integer atomics: the order of the additions does not matter.
// An invocation counts one row.

override M: u32; // rows: the batch size
override N: u32; // columns: classes

const WORKGROUP = 64u;

@group(0) @binding(0) var<storage, read_write> counts: array<atomic<u32>>; // [N, N] u32

@compute @workgroup_size(WORKGROUP)
fn confusion(@builtin(global_invocation_id) id: vec3u) {
  let row = id.x;
  if (row >= min(M, step.count)) { return; }
  let start = start_a(row);
  let targets_start = start_targets(row);
  var largest = load_a(start, 0);
  var largest_target = load_targets(targets_start, 0);
  var predicted = 0u;
  var expected = 0u;
  for (var c = 1u; c < N; c++) {
    let value = load_a(start, c);
    if (value > largest) { largest = value; predicted = c; }
    let t = load_targets(targets_start, c);
    if (t > largest_target) { largest_target = t; expected = c; }
  }
  atomicAdd(&counts[expected * N + predicted], 1u);
}
