/**
 * One contestant in a Node process of its own, from its start: `node node.mjs <contestant> <goal> <seed> <adapter>`. Each line
 * of stdout is an event as JSON, with the time of day in ms. It loads no more than its contestant needs.
 */
/* global performance */
import { createRequire } from 'node:module'
import { loadMnist } from '../../../dist/node/mnist.js'
import { recipes } from './recipe.mjs'

const [contestant, goal, seed, adapter] = process.argv.slice(2)
const [name, backend] = contestant.split(' ')

const tell = (event) =>
  process.stdout.write(`${JSON.stringify({ ...event, at: performance.timeOrigin + performance.now() })}\n`)
const course = {
  recipe: recipes.get(Number(goal)),
  seed: Number(seed),
  onFirstStep: () => tell({ name: 'first step' }),
  onEvaluation: (accuracy) => tell({ name: 'evaluation', accuracy }),
}

if (name === 'wgrad') {
  const { openDevice } = await import('../../../dist/node/index.js')
  const { runWgrad } = await import('./wgrad.mjs')
  await runWgrad({ openDevice: () => openDevice({ onNotice: () => undefined }), loadMnist }, course)
} else {
  const { runPeer } = await import('./peer.mjs')
  await runPeer({ openPeer, loadMnist }, course)
}

async function openPeer() {
  if (backend === 'WebGPU') await (await import('../webGpuInNode.mjs')).provideWebGpu(adapter)
  if (name === 'jax-js') return (await import('../models/jax.mjs')).jaxPeer(backend)
  const require = createRequire(import.meta.url)
  const tf = require('@tensorflow/tfjs')
  require(`@tensorflow/tfjs-backend-${backend.toLowerCase()}`)
  return (await import('../models/tensorflow.mjs')).tensorflowPeer(tf, backend)
}
