/**
 * How learning rates, batch sizes and epochs of 784-128-10 are chosen: mean accuracy on 6,000 validation images, kept
 * back from the training set, after training on the other 54,000. The test set is not looked at.
 *
 *   npm run build && node bench/chooseSchedule.mjs [--adapter <name>] [--seeds 2]
 *     [--peaks 4e-3,6e-3,8e-3,1e-2,1.2e-2] [--warmups 0] [--batches 128] [--epochs 5] [--beta2s 0.999]
 *
 * Every combination of the lists is tried; left out, they are what chose the default of `wgrad train`. The lowest
 * accuracy is that of the worst seed at the end, the seconds are of an epoch without its validation.
 */
import { parseArgs } from 'node:util'
import { adam, cosineDecay, dense, fit, relu, sequential } from 'wgrad'
import { loadMnist } from 'wgrad/mnist'
import { openDevice } from 'wgrad/node'

const text = (value) => ({ type: 'string', default: value })
const { values } = parseArgs({
  options: {
    adapter: { type: 'string' },
    seeds: text('2'),
    peaks: text('4e-3,6e-3,8e-3,1e-2,1.2e-2'),
    warmups: text('0'),
    batches: text('128'),
    epochs: text('5'),
    beta2s: text('0.999'),
  },
})
const numbers = (list) => list.split(',').map(Number)
const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => i + 1)

const recipes = numbers(values.epochs).flatMap((epochs) =>
  numbers(values.batches).flatMap((batchSize) =>
    numbers(values.warmups).flatMap((warmup) =>
      numbers(values.beta2s).flatMap((beta2) =>
        numbers(values.peaks).map((peak) => ({ epochs, batchSize, warmup, beta2, peak })),
      ),
    ),
  ),
)

const gpu = await openDevice(values.adapter === undefined ? {} : { adapter: values.adapter })
const { train } = await loadMnist()
const model = sequential([784], [dense(128), relu(), dense(10)])

console.log(`784-128-10, 54,000/6,000, seeds ${seeds.join(', ')}; Adam, cosineDecay; ${gpu.adapter.name}\n`)
const columns = [
  'epochs',
  'batch',
  'peak',
  'warm-up',
  'β₂',
  'mean after each epoch',
  'lowest',
  'loss',
  's/epoch',
]
console.log(`| ${columns.join(' | ')} |\n|${' ---: |'.repeat(columns.length)}`)
for (const { epochs, batchSize, warmup, beta2, peak } of recipes) {
  const optimizer = adam({ learningRate: cosineDecay({ peak, warmup }), beta2 })
  const histories = []
  for (const seed of seeds) {
    const options = { loss: 'softmaxCrossEntropy', optimizer, batchSize, epochs, validation: 0.1, seed }
    const run = await fit(gpu, model, train, options)
    histories.push(run.history)
    run.dispose()
  }
  const over = (epoch, read) => histories.map((history) => read(history.at(epoch)))
  const accuracy = ({ validation }) => validation.accuracy
  const percent = (share) => (100 * share).toFixed(2)
  const results = [
    Array.from({ length: epochs }, (_, epoch) => percent(mean(over(epoch, accuracy)))).join(' → ') + ' %',
    `${percent(Math.min(...over(-1, accuracy)))} %`,
    mean(over(-1, ({ validation }) => validation.loss)).toFixed(4),
    mean(over(-1, ({ seconds }) => seconds)).toFixed(2),
  ]
  console.log(`| ${[epochs, batchSize, peak, warmup, beta2, ...results].join(' | ')} |`)
}
gpu.dispose()

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
