// Plain Node: 200 steps on MNIST, then the weights to a file and back.
import { readFile } from 'node:fs/promises'
import { adam, dense, evaluate, fit, readSafetensors, relu, sequential, take } from 'wgrad'
import { loadMnist } from 'wgrad/mnist'
import { openDevice, writeWeights } from 'wgrad/node'

const gpu = await openDevice()
const { train, test } = await loadMnist()
const model = sequential([784], [dense(32), relu(), dense(10)])
const run = await fit(gpu, model, take(train, 200 * 64), {
  loss: 'softmaxCrossEntropy',
  optimizer: adam({ learningRate: 3e-3 }),
  batchSize: 64,
  epochs: 1,
})
const { accuracy } = await evaluate(run, take(test, 2000))
await writeWeights('weights.safetensors', await run.weights())
const { tensors } = readSafetensors(await readFile('weights.safetensors'))
gpu.dispose()
console.log(JSON.stringify({ accuracy, steps: run.losses.length, tensors: [...tensors.keys()] }))
