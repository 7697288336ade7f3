// out = column of the largest value of each row of A; the first of equals.
// An invocation makes one row.

override M: u32; // rows
override N: u32; // columns

const WORKGROUP = 64u;

@group(0) @binding(0) var<storage, read_write> out: array<u32>; // [M] u32

@compute @workgroup_size(WORKGROUP)
fn argmax(@builtin(global_invocation_id) id: vec3u) {
  let row = id.x;
  if (row >= M) { return; }
  let start = start_a(row);
  var largest = load_a(start, 0);
  var at = 0u;
  for (var c = 1u; c < N; c++) {
    let value = load_a(start, c);
    if (value > largest) { largest = value; at = c; }
  }
  out[row] = at;
}
