// A measure of the device: the most multiplications and additions that it makes. An invocation runs twelve chains of
// x = factor · x + term side by side, which end at term / (1 − factor); out = their sum. Twelve, since with factor and
// term they fit into the 16 registers of a processor. Eight links of each in a round: 58 to 61 GFLOP/s on SwiftShader and
// 96 to 98 on llvmpipe. With 64, 79 and 34: the loop costs less, but LLVM makes one chain after the other.

override ROUNDS: u32; // of 96 fused multiplications and additions, 8 of each chain

const WORKGROUP = 64u;

@group(0) @binding(0) var<storage, read> numbers: array<f32>;   // [2] f32: factor and term, where no compiler knows them
@group(0) @binding(1) var<storage, read_write> out: array<f32>; // [invocations] f32

@compute @workgroup_size(WORKGROUP)
fn peak_fma(@builtin(global_invocation_id) id: vec3u) {
  let factor = vec4f(numbers[0]);
  let term = vec4f(numbers[1]);
  var x = mat3x4f(); // four chains a column
  x[0] = vec4f(0, 1, 2, 3) + f32(id.x % 16);
  x[1] = x[0] + 4;
  x[2] = x[0] + 8;
  for (var round = 0u; round < ROUNDS; round++) {
    x = four_links(four_links(x, factor, term), factor, term);
  }
  out[id.x] = dot(x[0] + x[1] + x[2], vec4f(1));
}

fn four_links(x: mat3x4f, factor: vec4f, term: vec4f) -> mat3x4f {
  return link(link(link(link(x, factor, term), factor, term), factor, term), factor, term);
}

fn link(x: mat3x4f, factor: vec4f, term: vec4f) -> mat3x4f {
  return mat3x4f(fma(x[0], factor, term), fma(x[1], factor, term), fma(x[2], factor, term));
}
