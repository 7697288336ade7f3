// Only compiled: every entry, with the types that a user writes down, and no types but the DOM's.
import { type Dataset, type FitOptions, type Gpu, adam, dataset, dense, fit, sequential, tanh } from 'wgrad'
import { type KernelCall, type StandaloneKernel, bias, matmul, relu, softmax } from 'wgrad/kernels'
import { type Mnist, loadMnist } from 'wgrad/mnist'
import { openDevice, writeWeights } from 'wgrad/node'

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
