// A measure of the device: the most multiplications and additions that it makes. An invocation runs sixteen chains of
// x = factor · x + term side by side, which end at term / (1 − factor); out = their sum.

override ROUNDS: u32; // of 64 fused multiplications and additions

const WORKGROUP = 64u;

@group(0) @binding(0) var<storage, read> numbers: array<f32>;   // [2] f32: factor and term, where no compiler knows them
@group(0) @binding(1) var<storage, read_write> out: array<f32>; // [invocations] f32

@compute @workgroup_size(WORKGROUP)
fn peak_fma(@builtin(global_invocation_id) id: vec3u) {
  let factor = vec4f(numbers[0]);
  let term = vec4f(numbers[1]);
  var a = vec4f(0, 1, 2, 3) + f32(id.x % 16);
  var b = a + 4;
  var c = a + 8;
  var d = a + 12;
  for (var round = 0u; round < ROUNDS; round++) {
    a = fma(a, factor, term); b = fma(b, factor, term); c = fma(c, factor, term); d = fma(d, factor, term);
    a = fma(a, factor, term); b = fma(b, factor, term); c = fma(c, factor, term); d = fma(d, factor, term);
    a = fma(a, factor, term); b = fma(b, factor, term); c = fma(c, factor, term); d = fma(d, factor, term);
    a = fma(a, factor, term); b = fma(b, factor, term); c = fma(c, factor, term); d = fma(d, factor, term);
  }
  out[id.x] = dot(a + b + c + d, vec4f(1));
}
