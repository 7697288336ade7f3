/** Ops, layers and losses of a user's own: they train, fuse and come back from a weights file like ours. */
import { describe, expect, it } from 'vitest'
import { dataset } from '../../src/data/dataset.ts'
import { OptionError, ShaderError, ShapeError, WeightsError } from '../../src/errors.ts'
import { makePlan } from '../../src/graph/plan.ts'
import { external } from '../../src/graph/value.ts'
import { matmul as matmulAlone, relu as reluHook, storeHook } from '../../src/kernels.ts'
import { dense, layer, relu } from '../../src/nn/layers.ts'
import { sequential } from '../../src/nn/model.ts'
import { adam, sgd } from '../../src/nn/optimizers.ts'
import { defineOp } from '../../src/ops/defineOp.ts'
import { defineLoss } from '../../src/ops/losses.ts'
import { matmul } from '../../src/ops/matmul.ts'
import { fit } from '../../src/train/fit.ts'
import { evaluate } from '../../src/train/evaluate.ts'
import { predict } from '../../src/train/predict.ts'
import { loadModel } from '../../src/train/weights.ts'
import { matmul as matmulTwin } from '../reference/matmul.ts'
import { expectClose } from '../../src/testing/compare.ts'
import { normals } from '../support/data.ts'
import { checkGuards, withGuards } from '../support/guards.ts'
import { huber, leakyReluOf, scale, scaleWgsl } from '../support/ownOps.ts'
import { openTestDevice } from './support/gpu.ts'
import { runPlan } from './support/run.ts'

const gpu = await openTestDevice()
const leaf = (name: string, shape: readonly number[]) => external({ buffer: name, shape, dtype: 'f32' })

describe('an op of one’s own', () => {
  it('joins the kernel that makes its input', () => {
    const y = leakyReluOf(0.1)(scale(matmul(leaf('a', [4, 3]), leaf('b', [3, 5])), leaf('factors', [5])))
    const { dispatches } = makePlan({ outputs: { y } })
    expect(dispatches.map(({ label }) => label)).toEqual(['factors: matmul → scale → leaky_relu'])
  })

  it('twice with different constants is right: then they do not share a dispatch', async () => {
    const [first, second] = [leakyReluOf(0.5), leakyReluOf(0.1)]
    const x = Float32Array.of(-8, 2, -4)
    const plan = makePlan({ outputs: { y: second(first(leaf('x', [1, 3]))) } })
    const { outputs } = await runPlan(gpu, plan, { x }, [[{ begin: 0, count: 1, metricsRow: 0 }]])
    expectClose(outputs.y!, Float64Array.of(-0.4, 2, -0.2), { tolerance: 1e-7, label: 'y' })
  })

  it.each<[string, () => unknown, Error]>([
    [
      'without its function',
      () => defineOp({ wgsl: 'fn leaky(x: f32) -> f32 { return x; }' }),
      new ShaderError(
        'a store hook is one function fn store_<name>(value: f32, row: u32, column: u32, index: u32) -> f32; it has none',
      ),
    ],
    [
      'with a binding in another form',
      () => storeHook('@binding(0) @group(0) var<storage> a: array<f32>;\nfn store_x(value: f32) -> f32 {}'),
      new ShaderError(
        'the hook x: write each binding as @group(0) @binding(0) var<storage, read> name: array<f32>; // [N] f32',
      ),
    ],
    [
      'with a constant that it does not have',
      () => defineOp({ wgsl: scaleWgsl, constants: { SLOPE: 1 } }),
      new OptionError('scale: there is no override "SLOPE"; it has none'),
    ],
    [
      'on an operand of another shape',
      () => scale(leaf('x', [4, 5]), leaf('factors', [4])),
      new ShapeError('scale: x is [4, 5] but factors is [4]; it must be [N] f32'),
    ],
    [
      'on too few operands',
      () => scale(leaf('x', [4, 5])),
      new ShapeError('scale: 1 operands are given; it takes x, factors'),
    ],
    [
      'a loss without its gradient',
      () => defineLoss({ wgsl: 'fn loss_mine(y: f32, t: f32) -> f32 { return y - t; }' }),
      new ShaderError('the loss mine needs a function gradient_mine beside it'),
    ],
  ])('%s is refused', (_, make, error) => {
    expect(make).toThrow(error)
  })
})

it.each([
  ['a binding', scaleWgsl],
  ['a binding of a fixed length', scaleWgsl.replace('array<f32>', 'array<f32, 7>')],
])('a store hook in WGSL goes into a kernel alone, with %s of its own', async (_, wgsl) => {
  const [M, N, K] = [5, 7, 9]
  const [a, b, factors] = [normals(M * K, 1), normals(K * N, 2), normals(N, 3)]
  const hook = storeHook(wgsl)
  const product = await gpu.wait(matmulAlone(gpu.device, { M, N, K, store: [hook, reluHook] }))
  const out = withGuards(gpu, 'out', M * N)
  const given = (label: string, values: Float32Array) => withGuards(gpu, label, values)
  const call = product.bind({ a: given('a', a), b: given('b', b), factors: given('factors', factors), out })
  const encoder = gpu.device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  call.encode(pass)
  pass.end()
  gpu.device.queue.submit([encoder.finish()])

  expect(product.bindings.factors).toBe('[N] f32')
  const expected = matmulTwin({ a: Float64Array.from(a), b: Float64Array.from(b), M, N, K }).map((value, i) =>
    Math.max(0, value * factors[i % N]!),
  )
  const actual = new Float32Array(await checkGuards(gpu, out))
  expectClose(actual, expected, { tolerance: 1e-6, label: 'matmul → scale → relu' })
})

const leakyRelu = () => layer({ kind: 'leakyRelu', apply: (x) => leakyReluOf(0.1)(x) })

describe('a model with a layer and a loss of one’s own', () => {
  const features = normals(512 * 3, 4)
  const targets = Float32Array.from(
    { length: 512 },
    (_, i) => Math.abs(features[3 * i]!) + features[3 * i + 1]!,
  )
  const examples = dataset({ features, targets, featureShape: [3] })
  const model = sequential([3], [dense(16), leakyRelu(), dense(1)])

  it('learns, and comes back from its weights file', async () => {
    const run = await fit(gpu, model, examples, {
      loss: huber,
      optimizer: adam({ learningRate: 0.01 }),
      epochs: 60,
    })
    const { loss, accuracy } = await evaluate(run, examples)
    expect([loss < 0.01, accuracy]).toEqual([true, null])

    const bytes = await run.weights()
    using loaded = loadModel(gpu, bytes, { layers: { leakyRelu }, losses: [huber] })
    expect(await predict(loaded, features)).toEqual(await predict(run, features))
    expect((await evaluate(loaded, examples)).loss).toBe(loss)
    run.dispose()

    expect(() => loadModel(gpu, bytes, { layers: { leakyRelu } })).toThrow(
      new WeightsError(
        'weights: the loss "huber" is not known; if it is your own: loadModel(gpu, bytes, { losses: [yourLoss] })',
      ),
    )
    expect(() => loadModel(gpu, bytes, { losses: [huber] })).toThrow(
      'weights: layer 1 is not known: {"kind":"leakyRelu","config":{}}; if it is your own: loadModel(gpu, bytes, { layers: { kind: maker } })',
    )
  })

  it('with the loss of meanSquaredError in other words: the same bits', async () => {
    const squares = defineLoss({
      wgsl: `
        fn loss_squares(y: f32, t: f32) -> f32 { return (y - t) * (y - t); }
        fn gradient_squares(y: f32, t: f32) -> f32 { return 2 * (y - t); }`,
    })
    const options = { optimizer: sgd({ learningRate: 0.1 }), epochs: 1 }
    const model = sequential([3], [dense(4), relu(), dense(1)])
    using own = await fit(gpu, model, examples, { ...options, loss: squares })
    using ours = await fit(gpu, model, examples, { ...options, loss: 'meanSquaredError' })
    expect(own.losses).toEqual(ours.losses)
  })
})
