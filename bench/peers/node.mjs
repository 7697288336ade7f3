/**
 * The contest in Node, a process of its own: the peers find Dawn as `navigator.gpu`, on wgrad's adapter. Options come as
 * JSON in the last argument, results go to stdout as JSON, progress to stderr.
 */
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { openDevice } from '../../dist/node/index.js'
import { loadMnist } from '../../dist/node/mnist.js'
import { contest } from './contest.mjs'
import { wgrad } from './contestants/wgrad.mjs'
import { provideWebGpu } from './webGpuInNode.mjs'

const options = JSON.parse(process.argv.at(-1) ?? '{}')
const gpu = await openDevice()
await provideWebGpu(gpu.adapter.name)
const { jax } = await import('./contestants/jax.mjs')
const { tensorflow } = await import('./contestants/tensorflow.mjs')
const require = createRequire(import.meta.url)
const tf = require('@tensorflow/tfjs')
require('@tensorflow/tfjs-backend-webgpu')
require('@tensorflow/tfjs-backend-wasm')
const contestants = [
  wgrad(gpu),
  ...bothWays(await tensorflow(tf, 'WebGPU')),
  ...bothWays(await jax('WebGPU')),
  await tensorflow(tf, 'wasm'),
  await jax('wasm'),
]
const results = await contest({ contestants, progress: (line) => console.error(line), loadMnist }, options)
console.log(JSON.stringify({ adapter: gpu.adapter.name, results, cores: availableParallelism() }))

/**
 * A contestant as it is, and the same awaited as wgrad awaits: Dawn polls in a busy loop while a promise of it is pending,
 * which takes a core from a software adapter. The peers know nothing of that; this tells what is theirs and what is the
 * loop's.
 */
function bothWays(contestant) {
  const entries = new WeakMap()
  const entryOf = (prepare) => (task) => {
    if (!entries.has(task)) entries.set(task, prepare(task))
    return entries.get(task)
  }
  const spared = (prepare) => async (task) => {
    const { result, turn } = await entryOf(prepare)(task)
    return { result, turn: (seconds) => gpu.wait(turn(seconds)) }
  }
  const { name, backend, train, multiply } = contestant
  return [
    { name, backend, train: entryOf(train), multiply: entryOf(multiply) },
    { name, backend: `${backend}, wgrad's wait`, train: spared(train), multiply: spared(multiply) },
  ]
}
