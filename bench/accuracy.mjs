/** Test accuracy of 784-128-10 on MNIST, mean over seeds: the accuracy table of the README. */
import { adam, dense, evaluate, fit, relu, sequential } from 'wgrad'
import { loadMnist } from 'wgrad/mnist'
import { openDevice } from 'wgrad/node'
import { learningRateOf } from '../dist/cli/recipe.js'
import { integer, withAdapter } from '../dist/cli/options.js'
import { benchCommand, readOptions } from './command.mjs'

const options = readOptions(
  withAdapter(
    benchCommand(
      'npm run accuracy --',
      'Train 784-128-10 on MNIST with each recipe of the README and test it.',
    ),
  ).option('--seeds <n>', 'runs of each recipe', integer('--seeds', 1, 1000), 5),
)
const seeds = Array.from({ length: options.seeds }, (_, i) => i + 1)

const recipes = [
  { name: 'Adam, constant 1e-3', epochs: 5, learningRate: 1e-3 },
  { name: 'Adam, constant 1e-3', epochs: 12, learningRate: 1e-3 },
  {
    name: 'default of `npm start`: Adam, cosine decay',
    epochs: 5,
    learningRate: learningRateOf(undefined),
  },
]

const gpu = await openDevice(options.adapter === undefined ? {} : { adapter: options.adapter })
const mnist = await loadMnist()
const model = sequential([784], [dense(128), relu(), dense(10)])

console.log(
  `784-128-10, batch 128, all 60,000 training images, seeds ${seeds.join(', ')}; ${gpu.adapter.name}\n`,
)
console.log('| optimiser | epochs | mean test accuracy | lowest | highest |')
console.log('| --- | ---: | ---: | ---: | ---: |')
for (const { name, epochs, learningRate } of recipes) {
  const accuracies = []
  for (const seed of seeds) {
    const optimizer = adam({ learningRate })
    const run = await fit(gpu, model, mnist.train, { loss: 'softmaxCrossEntropy', optimizer, epochs, seed })
    const { accuracy } = await evaluate(run, mnist.test)
    accuracies.push(accuracy ?? 0)
    run.dispose()
  }
  const mean = accuracies.reduce((sum, value) => sum + value, 0) / accuracies.length
  const percent = (share) => `${(100 * share).toFixed(2)} %`
  const cells = [percent(mean), percent(Math.min(...accuracies)), percent(Math.max(...accuracies))]
  console.log(`| ${name} | ${epochs} | ${cells.join(' | ')} |`)
}
gpu.dispose()
