// Only compiled: every entry, with the types that a user writes down, and no types but the DOM's.
import {
  type Dataset,
  type FitOptions,
  type Gpu,
  adam,
  dataset,
  defineLoss,
  defineOp,
  dense,
  fit,
  layer,
  sequential,
  tanh,
} from 'wgrad'
import { type KernelCall, type StandaloneKernel, bias, matmul, relu, softmax, storeHook } from 'wgrad/kernels'
import { type Mnist, loadMnist } from 'wgrad/mnist'
import { openDevice, writeWeights } from 'wgrad/node'
import { type GradientCheck, gradientCheck } from 'wgrad/testing'

export async function train(): Promise<Float32Array> {
  const gpu: Gpu = await openDevice()
  const mnist: Mnist = await loadMnist({ from: 'mnist' })
  const xor: Dataset = dataset({ features: new Float32Array(8), targets: new Uint8Array(4) })
  const options: FitOptions = {
    loss: 'softmaxCrossEntropy',
    optimizer: adam({ learningRate: 1e-3 }),
    onEpoch: ({ epoch, loss }) => {
      console.log(epoch.toFixed(), loss.toFixed(2), mnist.train.count)
    },
  }
  // @ts-expect-error an epoch is a number
  const wrong: FitOptions = { ...options, epochs: 'five' }
  const run = await fit(gpu, sequential([2], [dense(16), tanh(), dense(2)]), xor, options)
  await writeWeights('xor.safetensors', await run.weights())
  return wrong === options ? new Float32Array() : run.losses
}

export async function product(device: GPUDevice, buffer: GPUBuffer): Promise<KernelCall[]> {
  const kernel = await matmul(device, { M: 2, N: 3, K: 4, store: [bias, relu] })
  const shares: StandaloneKernel<'a' | 'out'> = await softmax(device, { M: 2, N: 3 })
  // @ts-expect-error the bias is missing
  kernel.bind({ a: buffer, b: buffer, out: buffer })
  return [
    kernel.bind({ a: buffer, b: buffer, bias: buffer, out: { buffer, offset: 256 } }),
    shares.bind({ a: buffer, out: buffer }),
  ]
}

const wgsl = 'fn store_twice(value: f32, row: u32, column: u32, index: u32) -> f32 { return 2 * value; }'
const twice = defineOp({ wgsl, gradient: (gradient) => [twice(gradient)] })

export async function own(gpu: Gpu, buffer: GPUBuffer): Promise<[GradientCheck, KernelCall]> {
  const loss = defineLoss({
    wgsl: `
      fn loss_gap(y: f32, t: f32) -> f32 { return abs(y - t); }
      fn gradient_gap(y: f32, t: f32) -> f32 { return sign(y - t); }`,
  })
  const options: FitOptions = { loss, optimizer: adam() }
  const model = sequential([2], [dense(1), layer({ kind: 'twice', apply: (x) => twice(x) })])
  await fit(gpu, model, dataset({ features: new Float32Array(2), targets: new Float32Array(1) }), options)
  const shift = storeHook(`
    @group(0) @binding(0) var<storage, read> shifts: array<f32>; // [N] f32
    fn store_shift(value: f32, row: u32, column: u32, index: u32) -> f32 { return value + shifts[column]; }`)
  const kernel = await matmul(gpu.device, { M: 2, N: 3, K: 4, store: [shift] })
  // @ts-expect-error the shifts are missing
  kernel.bind({ a: buffer, b: buffer, out: buffer })
  return [
    await gradientCheck(gpu, { op: twice, shapes: [[5, 7]] }),
    kernel.bind({ a: buffer, b: buffer, shifts: buffer, out: buffer }),
  ]
}
