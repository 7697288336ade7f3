/** The entry wgrad/kernels: one kernel on a plain device and plain buffers, in the caller's own pass. */
import { describe, expect, test } from 'vitest'
import { bufferUsage } from '../../src/gpu/device.ts'
import {
  type BufferRange,
  type KernelCall,
  adam,
  add,
  argmax,
  bias,
  columnSum,
  elementwise,
  gelu,
  matmul,
  relu,
  softmax,
  softmaxCrossEntropy,
  stepRow,
  storeHook,
} from '../../src/kernels.ts'
import { adam as adamOf } from '../../src/nn/optimizers.ts'
import { adam as adamTwin } from '../reference/adam.ts'
import { add as addTwin } from '../reference/add.ts'
import { argmax as argmaxTwin } from '../reference/argmax.ts'
import { bias as biasTwin } from '../reference/bias.ts'
import { columnSum as columnSumTwin } from '../reference/column_sum.ts'
import { gelu as geluTwin } from '../reference/gelu.ts'
import { matmul as matmulTwin } from '../reference/matmul.ts'
import { relu as reluTwin } from '../reference/relu.ts'
import { softmax as softmaxTwin } from '../reference/softmax.ts'
import { softmaxCrossEntropy as softmaxCrossEntropyTwin } from '../reference/softmax_cross_entropy.ts'
import { expectClose } from '../../src/testing/compare.ts'
import { normals } from '../support/data.ts'
import { checkGuards, withGuards } from '../support/guards.ts'
import { openTestDevice } from './support/gpu.ts'

const gpu = await openTestDevice()
const { device } = gpu

/** Two calls in one pass of the caller's: encoding leaves nothing behind. */
function run(call: KernelCall, times = 2): void {
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  for (let time = 0; time < times; time++) call.encode(pass)
  pass.end()
  device.queue.submit([encoder.finish()])
}

const given = (label: string, values: Float32Array) => withGuards(gpu, label, values)
const f64 = (values: Float32Array): Float64Array => Float64Array.from(values)

describe('a kernel alone agrees with its f64 twin', () => {
  test.each([
    { transposeA: false, transposeB: false },
    { transposeA: true, transposeB: false },
    { transposeA: false, transposeB: true },
  ])('matmul 17×129 by 129×3 with bias and relu, %o', async (transposes) => {
    const [M, N, K] = [17, 3, 129]
    const [a, b, row] = [normals(M * K, 1), normals(K * N, 2), normals(N, 3)]
    const out = withGuards(gpu, 'out', M * N)
    const product = await gpu.wait(matmul(device, { M, N, K, ...transposes, store: [bias, relu] }))
    run(product.bind({ a: given('a', a), b: given('b', b), bias: given('bias', row), out }))
    const twin = matmulTwin({ a: f64(a), b: f64(b), M, N, K, ...transposes })
    const expected = reluTwin(biasTwin({ input: twin, row: f64(row), N }))
    const actual = new Float32Array(await checkGuards(gpu, out))
    expectClose(actual, expected, { tolerance: 1e-6, label: 'matmul → bias → relu' })
  })

  // Each with rows that could be stored four columns at a time: a hook that is written for f32 is not.
  test.each(['f32', 'Stored'])('matmul with a hook of a user for %s beside one of ours', async (type) => {
    const [M, N, K] = [17, 12, 3]
    const [a, b, factors] = [normals(M * K, 1), normals(K * N, 2), normals(N, 3)]
    const scale = storeHook(`@group(0) @binding(0) var<storage, read> factors: array<${type}>; // [N] f32
      // Where Stored is f32 and where it is not.
      fn store_scale(value: ${type}, row: u32, column: u32, index: u32) -> ${type} { return factors[column] * value; }`)
    const out = withGuards(gpu, 'out', M * N)
    const product = await gpu.wait(matmul(device, { M, N, K, store: [scale, relu] }))
    run(product.bind({ a: given('a', a), b: given('b', b), factors: given('factors', factors), out }))
    const scaled = matmulTwin({ a: f64(a), b: f64(b), M, N, K }).map((value, i) => value * factors[i % N]!)
    const actual = new Float32Array(await checkGuards(gpu, out))
    expectClose(actual, reluTwin(scaled), { tolerance: 1e-6, label: 'matmul → scale → relu' })
  })

  test('elementwise add and gelu', async () => {
    const [M, N] = [5, 77]
    const [a, addend] = [normals(M * N, 1), normals(M * N, 2)]
    const out = withGuards(gpu, 'out', M * N)
    const kernel = await gpu.wait(elementwise(device, { M, N, store: [add, gelu] }))
    run(kernel.bind({ a: given('a', a), addend: given('addend', addend), out }))
    const actual = new Float32Array(await checkGuards(gpu, out))
    const expected = geluTwin(addTwin(f64(a), f64(addend)))
    expectClose(actual, expected, { tolerance: 1e-5, label: 'add → gelu' })
  })

  test('columnSum, softmax and argmax', async () => {
    const [M, N] = [65, 10]
    const a = normals(M * N, 4)
    const [sums, shares, classes] = [N, M * N, M].map((length) => withGuards(gpu, 'out', length))
    run((await gpu.wait(columnSum(device, { M, N }))).bind({ a: given('a', a), out: sums! }))
    run((await gpu.wait(softmax(device, { M, N }))).bind({ a: given('a', a), out: shares! }))
    run((await gpu.wait(argmax(device, { M, N }))).bind({ a: given('a', a), out: classes! }))
    const read = async (out: typeof sums) => new Float32Array(await checkGuards(gpu, out!))
    const input = f64(a)
    expectClose(await read(sums), columnSumTwin({ input, M, N }), { tolerance: 1e-6, label: 'columnSum' })
    expectClose(await read(shares), softmaxTwin({ logits: input, M, N }), {
      tolerance: 1e-5,
      label: 'softmax',
    })
    expect([...new Uint32Array(await checkGuards(gpu, classes!))]).toEqual([...argmaxTwin({ input, M, N })])
  })
})

describe('kernels with a step', () => {
  const stepBuffer = (step: Parameters<typeof stepRow>[0]): BufferRange => {
    const buffer = device.createBuffer({ size: 512, usage: bufferUsage.uniform | bufferUsage.copyDst })
    device.queue.writeBuffer(buffer, 256, stepRow(step))
    return { buffer, offset: 256 }
  }

  test.each([
    [1, 3, 1],
    [17, 10, 17],
    [129, 10, 127],
  ])('softmaxCrossEntropy of %i×%i, %i rows count: loss, right answers and gradient', async (M, N, count) => {
    const logits = normals(M * N, 5)
    const targets = Float32Array.from({ length: M * N }, (_, i) => (i % N === Math.floor(i / N) % N ? 1 : 0))
    const loss = await gpu.wait(softmaxCrossEntropy(device, { M, N }))
    const [metrics, gradient] = [
      withGuards(gpu, 'metrics', 2 * loss.parts),
      withGuards(gpu, 'gradient', M * N),
    ]
    run(
      loss.bind({
        logits: given('logits', logits),
        targets: given('targets', targets),
        metrics,
        gradient,
        step: stepBuffer({ count }),
      }),
    )
    const twin = softmaxCrossEntropyTwin({ logits: f64(logits), targets: f64(targets), M, N, count })
    const sums = new Float32Array(await checkGuards(gpu, metrics))
    const sum = (of: number): number =>
      sums.reduce((total, value, i) => (i % 2 === of ? total + value : total), 0)
    expect(sum(0)).toBeCloseTo(twin.loss, 3)
    expect(sum(1)).toBe(twin.correct)
    const actual = new Float32Array(await checkGuards(gpu, gradient))
    expectClose(actual, twin.gradient, { tolerance: 2e-6, label: 'gradient' })
  })

  test('adam: a moment that decays ends at 0', async () => {
    const [M, N] = [3, 4]
    const rates = { learningRate: 1e-2, beta1: 0.9, beta2: 0.9, epsilon: 1e-7 }
    const update = await gpu.wait(adam(device, { M, N, ...rates }))
    const moments = [1, 2].map(() => withGuards(gpu, 'moment', new Float32Array(M * N).fill(1e-36)))
    const call = update.bind({
      a: given('a', new Float32Array(M * N)),
      first_moment: moments[0]!,
      second_moment: moments[1]!,
      out: given('out', new Float32Array(M * N)),
      step: stepBuffer(adamOf(rates).stepSize(1e-2, 1)),
    })
    run(call, 200)
    for (const moment of moments) {
      expect(new Float32Array(await checkGuards(gpu, moment))).toEqual(new Float32Array(M * N))
    }
  })

  test('adam, two steps of 3×129, in place', async () => {
    const [M, N] = [3, 129]
    const [gradient, before] = [normals(M * N, 6), normals(M * N, 7)]
    const rates = { learningRate: 1e-2, beta1: 0.8, beta2: 0.99, epsilon: 1e-7 }
    const update = await gpu.wait(adam(device, { M, N, ...rates }))
    const zeros = new Float32Array(M * N)
    const [out, first, second] = [given('out', before), given('m', zeros), given('v', zeros)]
    const optimizer = adamOf(rates)
    let twin = { parameter: f64(before), firstMoment: f64(zeros), secondMoment: f64(zeros) }
    for (const step of [1, 2]) {
      const row = stepBuffer(optimizer.stepSize(rates.learningRate, step))
      run(
        update.bind({ a: given('a', gradient), first_moment: first, second_moment: second, out, step: row }),
        1,
      )
      twin = adamTwin({ ...twin, gradient: f64(gradient), step, ...rates })
    }
    const actual = new Float32Array(await checkGuards(gpu, out))
    expectClose(actual, twin.parameter, { tolerance: 1e-6, label: 'parameter' })
    await checkGuards(gpu, first)
    await checkGuards(gpu, second)
  })

  test('the step must be there, and be a uniform', async () => {
    const update = await gpu.wait(adam(device, { M: 1, N: 4 }))
    expect(update.bindings.step).toBe('a uniform row of 20 bytes, from stepRow')
    const storage = (): GPUBuffer => device.createBuffer({ size: 16, usage: bufferUsage.storage })
    const buffers = { a: storage(), first_moment: storage(), second_moment: storage(), out: storage() }
    expect(() =>
      update.bind({ ...buffers, step: device.createBuffer({ size: 256, usage: bufferUsage.storage }) }),
    ).toThrow('adam: "step" is a buffer without the usage UNIFORM; create it with GPUBufferUsage.UNIFORM')
    // @ts-expect-error the binding is missing
    expect(() => update.bind(buffers)).toThrow('adam: the binding "step" has no buffer')
  })
})

describe('what cannot work is refused where it is bound or made', () => {
  const buffer = (size: number, usage = 0x80): GPUBuffer => device.createBuffer({ size, usage })
  const sizes = { M: 2, N: 3, K: 4 }

  test('a buffer that is too small, lies askew or cannot be stored to', async () => {
    const product = await gpu.wait(matmul(device, sizes))
    const [a, b, out] = [buffer(32), buffer(48), buffer(24)]
    expect(() => product.bind({ a, b: buffer(44), out })).toThrow(
      'matmul: "b" needs 48 bytes, the buffer has 44',
    )
    expect(() => product.bind({ a, b, out: { buffer: buffer(512), offset: 128 } })).toThrow(
      'matmul: "out" starts at byte 128; it must be a multiple of 256',
    )
    expect(() => product.bind({ a: buffer(32, 0x8), b, out })).toThrow(
      'matmul: "a" is a buffer without the usage STORAGE',
    )
  })

  test('a range beyond its buffer', async () => {
    const product = await gpu.wait(matmul(device, sizes))
    const out = { buffer: buffer(20), size: 64 }
    expect(() => product.bind({ a: buffer(32), b: buffer(48), out })).toThrow(
      'matmul: "out" needs 24 bytes, the buffer has 20',
    )
  })

  test('a buffer that is read and written', async () => {
    const product = await gpu.wait(matmul(device, { M: 2, N: 2, K: 2 }))
    const a = buffer(512)
    expect(() => product.bind({ a, b: buffer(16), out: { buffer: a, offset: 256 } })).toThrow(
      'matmul: "out" is written and "a" is read, but both are one buffer; give "out" its own',
    )
  })

  test('two results in the same bytes; side by side in one buffer they may lie', async () => {
    const update = await gpu.wait(adam(device, { M: 1, N: 64 }))
    const state = buffer(1024)
    const step = buffer(256, bufferUsage.uniform)
    const rest = { a: buffer(256), out: buffer(256), step, first_moment: { buffer: state, offset: 256 } }
    expect(() => update.bind({ ...rest, second_moment: { buffer: state, offset: 256 } })).toThrow(
      'adam: "first_moment" and "second_moment" are both written and share bytes; part them',
    )
    expect(() => update.bind({ ...rest, second_moment: { buffer: state, offset: 512 } })).not.toThrow()
  })

  test('an operand that is larger than a binding', async () => {
    await expect(matmul(device, { M: 4, N: 4, K: 2 ** 28 })).rejects.toThrow(
      /^matmul: "a" has 4294967296 bytes, the device binds at most \d+; use smaller sizes$/,
    )
  })

  test('more workgroups than the device admits', async () => {
    await expect(softmax(device, { M: 64 * 65535 + 1, N: 1 })).rejects.toThrow(
      'softmax: 65536 workgroups in a row, the device admits 65535; use smaller sizes',
    )
  })

  test('a size that is none', async () => {
    await expect(matmul(device, { ...sizes, K: 0 })).rejects.toThrow(
      'every size must be a whole number from 1 up',
    )
    await expect(matmul(device, { ...sizes, M: 1.5 })).rejects.toThrow(
      'every size must be a whole number from 1 up',
    )
  })

  test('a hook with a binding, twice', async () => {
    await expect(matmul(device, { ...sizes, store: [bias, bias] })).rejects.toThrow(
      '→ bias → bias: the binding "bias" is declared by two hooks; a hook with bindings links once',
    )
  })
})

test('the bindings say their shapes', async () => {
  const { bindings } = await gpu.wait(matmul(device, { M: 2, N: 3, K: 4, store: [bias] }))
  expect(bindings).toMatchObject({ bias: '[N] f32', out: '[M, N] f32' })
})
