/**
 * Records the run that the page shows where it cannot train: `npm run demo:record` writes demo/recorded.json, the
 * default configuration trained on this machine.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { adam, cosineDecay, dense, evaluate, fit, relu, sequential } from '../dist/index.js'
import { loadMnist } from '../dist/node/mnist.js'
import { openDevice } from '../dist/node/index.js'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const gpu = await openDevice()
const mnist = await loadMnist()
const round = (value) => Number(value.toPrecision(4))
const accuracies = []
const run = await fit(gpu, sequential([784], [dense(128), relu(), dense(10)]), mnist.train, {
  loss: 'softmaxCrossEntropy',
  optimizer: adam({ learningRate: cosineDecay({ peak: 0.01 }) }),
  validation: 0.1,
  epochs: 5,
  seed: 1,
  onReport: (report) => void accuracies.push(...Array.from(report.accuracies ?? [], round)),
})
const recording = {
  title: `784-128-10, 5 epochs, on ${gpu.adapter.name}, wgrad ${version}`,
  record: { losses: Array.from(run.losses, round), accuracies, history: run.history },
  evaluation: await evaluate(run, mnist.test),
}
const text = JSON.stringify(recording, (_, value) => (typeof value === 'number' ? round(value) : value))
writeFileSync(new URL('recorded.json', import.meta.url), `${text}\n`)
gpu.dispose()
