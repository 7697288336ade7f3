// A page that tunes, trains, and reads a raw shader.
import { dataset, dense, fit, openDevice, predict, sequential, sgd, tanh, tune } from 'wgrad'
import shader from 'wgrad/shaders/matmul.wgsl?raw'

const features = new Float32Array([0, 0, 0, 1, 1, 0, 1, 1])
const xor = dataset({ features, targets: new Uint8Array([0, 1, 1, 0]) })
const gpu = await openDevice()
const model = sequential([2], [dense(16), tanh(), dense(2)])
const training = {
  loss: 'softmaxCrossEntropy',
  optimizer: sgd({ learningRate: 0.5, momentum: 0.9 }),
} as const
const { choices, dispatches } = await tune(gpu, model, xor, { ...training, seconds: 0.1 })
const run = await fit(gpu, model, xor, { ...training, epochs: 200, choices })
const { classes } = await predict(run, features)
const hasShader = shader.includes('fn matmul(')
console.log(`classes ${classes.join(' ')}, shader ${hasShader}, tuned ${dispatches.length > 0}`)
