// Deno, whose WebGPU is wgpu and whose WGSL compiler is naga: the kernels alone, then a short training.
import { adam, dense, evaluate, fit, openDevice, relu as reluLayer, sequential, take } from 'wgrad'
import {
  type KernelCall,
  argmax,
  bias,
  columnSum,
  elementwise,
  gelu,
  matmul,
  relu,
  softmax,
} from 'wgrad/kernels'
import { loadMnist } from 'wgrad/mnist'

const gpu = await openDevice()
const { device } = gpu
const { STORAGE, COPY_DST, COPY_SRC, MAP_READ } = GPUBufferUsage

const upload = (values: number[]): GPUBuffer => {
  const buffer = device.createBuffer({ size: values.length * 4, usage: STORAGE | COPY_DST })
  device.queue.writeBuffer(buffer, 0, new Float32Array(values))
  return buffer
}

async function result(length: number, bind: (out: GPUBuffer) => KernelCall): Promise<ArrayBuffer> {
  const out = device.createBuffer({ size: length * 4, usage: STORAGE | COPY_SRC })
  const read = device.createBuffer({ size: length * 4, usage: MAP_READ | COPY_DST })
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  bind(out).encode(pass)
  pass.end()
  encoder.copyBufferToBuffer(out, 0, read, 0, length * 4)
  device.queue.submit([encoder.finish()])
  await read.mapAsync(GPUMapMode.READ)
  return read.getMappedRange()
}

const numbers = (bytes: ArrayBuffer): number[] => [...new Float32Array(bytes)]
const a = upload([1, 2, 3, 6, 5, 4])
const [M, N] = [2, 3]

const product = await matmul(device, { M: 1, N: 2, K: 3, store: [bias, relu] })
const [b, row] = [upload([1, 2, 3, 4, 5, 6]), upload([-30, 2])]
const sums = await columnSum(device, { M, N })
const shares = await softmax(device, { M, N })
const classes = await argmax(device, { M, N })
const smooth = await elementwise(device, { M, N, store: [gelu] })
const kernels = {
  matmul: numbers(await result(2, (out) => product.bind({ a, b, bias: row, out }))),
  columnSum: numbers(await result(N, (out) => sums.bind({ a, out }))),
  softmax: numbers(await result(M * N, (out) => shares.bind({ a, out }))),
  argmax: [...new Uint32Array(await result(M, (out) => classes.bind({ a, out })))],
  gelu: numbers(await result(M * N, (out) => smooth.bind({ a, out }))),
}

const mnist = await loadMnist()
const model = sequential([784], [dense(32), reluLayer(), dense(10)])
const run = await fit(gpu, model, take(mnist.train, 100 * 64), {
  loss: 'softmaxCrossEntropy',
  optimizer: adam({ learningRate: 3e-3 }),
  batchSize: 64,
  epochs: 1,
})
const { accuracy } = await evaluate(run, take(mnist.test, 1000))
console.log(JSON.stringify({ adapter: gpu.adapter.name, kernels, accuracy, steps: run.losses.length }))
gpu.dispose()
