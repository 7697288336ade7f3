// A page with one kernel on a device of its own.
import { bias, matmul, relu } from 'wgrad/kernels'

const adapter = await navigator.gpu.requestAdapter()
const device = await adapter.requestDevice()
const upload = (values) => {
  const buffer = device.createBuffer({
    size: values.length * 4,
    usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST,
  })
  device.queue.writeBuffer(buffer, 0, new Float32Array(values))
  return buffer
}
const out = device.createBuffer({ size: 8, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC })
const result = device.createBuffer({ size: 8, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST })
const product = await matmul(device, { M: 1, N: 2, K: 3, store: [bias, relu] })
const call = product.bind({
  a: upload([1, 2, 3]),
  b: upload([1, 2, 3, 4, 5, 6]),
  bias: upload([-30, 2]),
  out,
})
const encoder = device.createCommandEncoder()
const pass = encoder.beginComputePass()
call.encode(pass)
pass.end()
encoder.copyBufferToBuffer(out, result)
device.queue.submit([encoder.finish()])
await result.mapAsync(GPUMapMode.READ)
console.log(new Float32Array(result.getMappedRange()).join(' '))
