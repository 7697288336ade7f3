// Part of the kernels of the dense layer that ends a classifier: the weights, and where the gradient of its input goes.

const MOST_CLASSES = 16u;

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

fn store_out(values: vec4f, row: u32, k: u32) {
  store_at(row * K + k, values, row, k, K);
}
