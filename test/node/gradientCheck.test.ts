/** Gradients checked as a user does it: right ones pass, wrong ones are found, kinks are told and not judged. */
import { describe, expect, it } from 'vitest'
import { OptionError, ShapeError } from '../../src/errors.ts'
import { type Layer, dense, gelu, layer, relu, sigmoid, softmax, tanh } from '../../src/nn/layers.ts'
import { meanSquaredError, softmaxCrossEntropy } from '../../src/ops/losses.ts'
import { defineOp } from '../../src/ops/defineOp.ts'
import { matmul } from '../../src/ops/matmul.ts'
import { type Checkable, gradientCheck } from '../../src/testing/gradientCheck.ts'
import { forgetfulLeakyRelu, huber, leakyReluOf, scale, unboundedHuber } from '../support/ownOps.ts'
import { openTestDevice } from './support/gpu.ts'

const gpu = await openTestDevice()
const shapes = [[5, 7]]

describe('a right gradient is ok', () => {
  it.each<[string, Layer]>([
    ['dense', dense(4)],
    ['relu', relu()],
    ['tanh', tanh()],
    ['sigmoid', sigmoid()],
    ['gelu', gelu()],
    ['softmax', softmax()],
    ['a layer of one’s own', layer({ kind: 'leakyRelu', apply: (x) => leakyReluOf(0.2)(x) })],
  ])('%s', async (_, layer) => {
    const { ok, relativeError, operands } = await gradientCheck(gpu, { layer, shape: [7] })
    expect(relativeError).toBeLessThan(2e-4)
    expect(ok).toBe(true)
    expect(operands.map(({ name }) => name)).toEqual(['x', ...layer.parameters([7]).map(({ name }) => name)])
  })

  it.each([
    ['softmaxCrossEntropy', softmaxCrossEntropy],
    ['meanSquaredError', meanSquaredError],
    ['a loss of one’s own', huber],
  ])('%s', async (_, loss) => {
    const { ok, relativeError } = await gradientCheck(gpu, { loss, shape: [5, 4] })
    expect([ok, relativeError < 5e-4]).toEqual([true, true])
  })

  it('of an op with operands: by each of them', async () => {
    const product = await gradientCheck(gpu, { op: (a, b) => matmul(a, b), shapes: [[3, 4], [4, 5]] }) // prettier-ignore
    expect([product.ok, product.operands.map(({ name }) => name)]).toEqual([true, ['operand 0', 'operand 1']])
    const scaled = await gradientCheck(gpu, { op: scale, shapes: [[5, 7], [7]] })
    expect([scaled.ok, scaled.operands.map(({ name }) => name)]).toEqual([true, ['x', 'factors']])
  })

  it('at kinks is not judged, and they are counted', async () => {
    const step = { op: leakyReluOf(0.01), shapes: [[64, 64]] }
    const { ok, operands } = await gradientCheck(gpu, step, { range: [-0.1, 0.1] })
    expect(ok).toBe(true)
    // 0.4 % of 0.1 to both sides: the step is 2⁻⁸ there.
    expect(operands[0]!.kinks).toBeGreaterThan(50)
    expect(operands[0]!.kinks).toBeLessThan(300)
  })
})

describe('a wrong gradient is found', () => {
  it('that forgets a hundredth', async () => {
    const { ok, relativeError } = await gradientCheck(gpu, { op: forgetfulLeakyRelu, shapes })
    expect(ok).toBe(false)
    expect(relativeError).toBeGreaterThan(3e-3)
  })

  it('of a loss beyond its bend', async () => {
    const { ok } = await gradientCheck(gpu, { loss: unboundedHuber, shape: [5, 4] })
    expect(ok).toBe(false)
  })

  it('of a function that is no number in its range', async () => {
    const root = defineOp({
      wgsl: 'fn store_root(value: f32, row: u32, column: u32, index: u32) -> f32 { return sqrt(value); }',
      gradient: `
        @group(0) @binding(0) var<storage, read> root_output: array<f32>; // [M, N] f32
        fn store_root_grad(value: f32, row: u32, column: u32, index: u32) -> f32 {
          return 0.5 * value / root_output[index];
        }`,
    })
    expect((await gradientCheck(gpu, { op: root, shapes }, { range: [-2, 0] })).ok).toBe(false)
    expect((await gradientCheck(gpu, { op: root, shapes }, { range: [1, 4] })).ok).toBe(true)
  })
})

describe('what cannot be checked is told', () => {
  it.each<[string, Checkable, Error]>([
    [
      'too much',
      { op: leakyReluOf(0.01), shapes: [[100, 41]] },
      new OptionError('gradientCheck: 4100 elements, at most 4096; use smaller shapes'),
    ],
    [
      'no shape',
      { op: leakyReluOf(0.01), shapes: [] },
      new OptionError('gradientCheck: shapes is empty; give a shape for each operand'),
    ],
    [
      'an op without a gradient',
      {
        op: defineOp({
          wgsl: 'fn store_id(value: f32, row: u32, column: u32, index: u32) -> f32 { return value; }',
        }),
        shapes,
      },
      new ShapeError('gradients: id (x) has no gradient'),
    ],
  ])('%s', async (_, checkable, error) => {
    await expect(gradientCheck(gpu, checkable)).rejects.toThrow(error)
  })
})
