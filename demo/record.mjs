/**
 * Records the run that the page shows where it cannot train: `npm run demo:record` writes demo/recorded.json, the
 * default configuration trained on this machine.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { classifier, defaults, learningRateOf, shapeName } from '../dist/cli/recipe.js'
import { adam, evaluate, fit } from '../dist/index.js'
import { loadMnist } from '../dist/node/mnist.js'
import { openDevice } from '../dist/node/index.js'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const gpu = await openDevice()
const mnist = await loadMnist()
const round = (value) => Number(value.toPrecision(4))
const accuracies = []
const run = await fit(gpu, classifier(defaults.hidden), mnist.train, {
  loss: 'softmaxCrossEntropy',
  optimizer: adam({ learningRate: learningRateOf() }),
  validation: 0.1,
  batchSize: defaults.batch,
  epochs: defaults.epochs,
  seed: defaults.seed,
  onReport: (report) => void accuracies.push(...Array.from(report.accuracies ?? [], round)),
})
const recording = {
  title: `${shapeName(defaults.hidden)}, ${defaults.epochs} epochs, on ${gpu.adapter.name}, wgrad ${version}`,
  record: { losses: Array.from(run.losses, round), accuracies, history: run.history },
  evaluation: await evaluate(run, mnist.test),
}
const text = JSON.stringify(recording, (_, value) => (typeof value === 'number' ? round(value) : value))
writeFileSync(new URL('recorded.json', import.meta.url), `${text}\n`)
gpu.dispose()
