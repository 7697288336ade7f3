// Part of the kernels of the dense layer that ends a classifier: the weights, and the rows of a workgroup between the
// passes over them, first the logits, then their gradient.

const MOST_CLASSES = 16u;
const PITCH = MOST_CLASSES + 1; // one more keeps the rows on different banks

var<workgroup> rows: array<f32, ROWS * PITCH>; // [ROWS, PITCH]

// Four classes of the row of W, or of the bias, that begins at `start`; past the last class what nothing reads.
fn weights_at(start: u32, column: u32) -> vec4f {
  let at = start + min(column + vec4u(0, 1, 2, 3), vec4u(N - 1));
  return vec4f(weights[at.x], weights[at.y], weights[at.z], weights[at.w]);
}

// Class `c` at four neighbouring k; past the last k what nothing reads.
fn weights_of(k: u32, c: u32) -> vec4f {
  let at = min(k + vec4u(0, 1, 2, 3), vec4u(K - 1)) * N + c;
  return vec4f(weights[at.x], weights[at.y], weights[at.z], weights[at.w]);
}

fn keep(values: vec4f, at: u32) {
  for (var i = 0u; i < 4; i++) { rows[at + i] = values[i]; }
}

fn kept(at: u32) -> vec4f {
  return vec4f(rows[at], rows[at + 1], rows[at + 2], rows[at + 3]);
}

fn store_out(values: vec4f, row: u32, k: u32) {
  store_at(row * K + k, values, row, k, K);
}

fn logit(at: u32) -> f32 {
  return rows[at];
}

fn set_gradient(row: u32, start: u32, column: u32, value: f32) {
  rows[start + column] = value;
  gradient[row * N + column] = value;
}
