/** Ops and a loss as a user defines them, in WGSL strings: right ones, and wrong ones that a check must find. */
import { defineLoss } from '../../src/ops/losses.ts'
import { columnSum } from '../../src/ops/columnSum.ts'
import { defineOp } from '../../src/ops/defineOp.ts'

const leakyReluWgsl = `
  override SLOPE: f32;
  fn store_leaky_relu(value: f32, row: u32, column: u32, index: u32) -> f32 {
    return select(value, SLOPE * value, value < 0);
  }`

export const leakyReluOf = (slope: number) =>
  defineOp({
    wgsl: leakyReluWgsl,
    gradient: `
      override SLOPE: f32;
      @group(0) @binding(0) var<storage, read> leaky_relu_input: array<f32>; // [M, N] f32
      fn store_leaky_relu_grad(value: f32, row: u32, column: u32, index: u32) -> f32 {
        return select(value, SLOPE * value, leaky_relu_input[index] < 0);
      }`,
    constants: { SLOPE: slope },
  })

/** Its gradient forgets the slope, which is a hundredth of the gradient at most. */
export const forgetfulLeakyRelu = defineOp({
  wgsl: leakyReluWgsl,
  gradient: `
    @group(0) @binding(0) var<storage, read> leaky_relu_input: array<f32>; // [M, N] f32
    fn store_leaky_relu_grad(value: f32, row: u32, column: u32, index: u32) -> f32 {
      return select(value, 0, leaky_relu_input[index] < 0);
    }`,
  constants: { SLOPE: 0.01 },
})

export const scaleWgsl = `
@group(0) @binding(0) var<storage, read> factors: array<f32>; // [N] f32
fn store_scale(value: f32, row: u32, column: u32, index: u32) -> f32 {
  return factors[column] * value;
}` as const

const product = defineOp({
  wgsl: `
    @group(0) @binding(0) var<storage, read> other: array<f32>; // [M, N] f32
    fn store_product(value: f32, row: u32, column: u32, index: u32) -> f32 { return value * other[index]; }`,
})

/** x with each column scaled by a factor, and gradients by both. */
export const scale = defineOp({
  wgsl: scaleWgsl,
  gradient: (gradient, { x, operands }) => [scale(gradient, ...operands), columnSum(product(gradient, x))],
})

const huberWgsl = `
  override DELTA: f32;
  fn loss_huber(y: f32, t: f32) -> f32 {
    let d = abs(y - t);
    return select(DELTA * (d - 0.5 * DELTA), 0.5 * d * d, d < DELTA);
  }`

export const huber = defineLoss({
  wgsl: `${huberWgsl}
  fn gradient_huber(y: f32, t: f32) -> f32 { return clamp(y - t, -DELTA, DELTA); }`,
  constants: { DELTA: 1 },
})

export const unboundedHuber = defineLoss({
  wgsl: `${huberWgsl}
  fn gradient_huber(y: f32, t: f32) -> f32 { return y - t; }`,
  constants: { DELTA: 1 },
})
