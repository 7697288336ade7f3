/**
 * How learning rates, batch sizes and epochs of 784-128-10 are chosen: mean accuracy on 6,000 validation images, kept
 * back from the training set, after training on the other 54,000. The test set is not looked at.
 *
 * Every combination of the lists is tried; left out, they are what chose the default of `wgrad train`. The lowest
 * accuracy is that of the worst seed at the end, the seconds are of an epoch without its validation.
 */
import { adam, cosineDecay, dense, fit, relu, sequential } from 'wgrad'
import { loadMnist } from 'wgrad/mnist'
import { openDevice } from 'wgrad/node'
import { integer, number, withAdapter } from '../dist/cli/options.js'
import { benchCommand, listOf, readOptions } from './command.mjs'

const rates = { above: 0, below: 1 }
const options = readOptions(
  withAdapter(
    benchCommand(
      'npm run build && node bench/chooseSchedule.mjs',
      'Train 784-128-10 on 54,000 images with every combination of the lists, and validate on the other 6,000.',
    ),
  )
    .option('--seeds <n>', 'runs of each', integer('--seeds', 1, 1000), 2)
    .option(
      '--peaks <list>',
      'learning rates',
      listOf(number('--peaks', rates)),
      [4e-3, 6e-3, 8e-3, 1e-2, 1.2e-2],
    )
    .option(
      '--warmups <list>',
      'shares of the steps',
      listOf(number('--warmups', { ...rates, above: -1 })),
      [0],
    )
    .option('--batches <list>', 'batch sizes', listOf(integer('--batches', 1, 54_000)), [128])
    .option('--epochs <list>', 'epochs', listOf(integer('--epochs', 1, 1000)), [5])
    .option('--beta2s <list>', "Adam's β₂", listOf(number('--beta2s', rates)), [0.999]),
)
const seeds = Array.from({ length: options.seeds }, (_, i) => i + 1)

const recipes = options.epochs.flatMap((epochs) =>
  options.batches.flatMap((batchSize) =>
    options.warmups.flatMap((warmup) =>
      options.beta2s.flatMap((beta2) =>
        options.peaks.map((peak) => ({ epochs, batchSize, warmup, beta2, peak })),
      ),
    ),
  ),
)

const gpu = await openDevice(options.adapter === undefined ? {} : { adapter: options.adapter })
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
