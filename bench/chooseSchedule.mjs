/**
 * How the default learning rate of `wgrad train` was chosen: mean accuracy on 6,000 validation images, kept back from
 * the training set, after 5 epochs on the other 54,000. The test set is not looked at.
 *
 *   npm run build && node bench/chooseSchedule.mjs [--adapter <name>] [--seeds 2]
 */
import { parseArgs } from 'node:util'
import { adam, cosineDecay, dense, fit, relu, sequential } from 'wgrad'
import { loadMnist } from 'wgrad/mnist'
import { openDevice } from 'wgrad/node'

const { values } = parseArgs({
  options: { adapter: { type: 'string' }, seeds: { type: 'string', default: '2' } },
})
const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => i + 1)

const schedules = [
  ...[4e-3, 6e-3, 8e-3, 1e-2, 1.2e-2].map((peak) => ({ peak })),
  { peak: 1e-2, warmup: 0.1 },
].map((options) => ({ name: JSON.stringify(options), learningRate: cosineDecay(options) }))

const gpu = await openDevice(values.adapter === undefined ? {} : { adapter: values.adapter })
const { train } = await loadMnist()
const model = sequential([784], [dense(128), relu(), dense(10)])

console.log(`784-128-10, batch 128, 54,000/6,000, seeds ${seeds.join(', ')}; ${gpu.adapter.name}\n`)
console.log('| cosineDecay | mean validation accuracy | mean validation loss |')
console.log('| --- | ---: | ---: |')
for (const { name, learningRate } of schedules) {
  const ends = []
  for (const seed of seeds) {
    const optimizer = adam({ learningRate })
    const options = { loss: 'softmaxCrossEntropy', optimizer, epochs: 5, validation: 0.1, seed }
    const run = await fit(gpu, model, train, options)
    ends.push(run.history.at(-1)?.validation ?? { accuracy: 0, loss: Infinity })
    run.dispose()
  }
  const mean = (key) => ends.reduce((sum, end) => sum + end[key], 0) / ends.length
  console.log(`| ${name} | ${(100 * mean('accuracy')).toFixed(2)} % | ${mean('loss').toFixed(4)} |`)
}
gpu.dispose()
