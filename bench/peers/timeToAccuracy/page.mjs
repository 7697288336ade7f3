/** One contestant in a page of its own, from the start of the navigation. */
/* global URLSearchParams, location, navigator, performance, tf */
import { openDevice } from '../../../dist/index.js'
import { loadMnist } from '../../../dist/mnist.js'
import { runPeer } from './peer.mjs'
import { recipes } from './recipe.mjs'
import { runWgrad } from './wgrad.mjs'

/** Resolves once the contestant is done. The page has set `folders`, the browser's driver `tell`, with ms since the navigation began. */
globalThis.ended = run(globalThis.folders, globalThis.tell)

async function run({ wasmFolder, mnistFolder }, tell) {
  const query = new URLSearchParams(location.search)
  const [name, backend] = query.get('contestant').split(' ')
  const course = {
    recipe: recipes.get(Number(query.get('goal'))),
    seed: Number(query.get('seed')),
    onFirstStep: () => tell({ name: 'first step', at: performance.now() }),
    onEvaluation: (accuracy) => tell({ name: 'evaluation', accuracy, at: performance.now() }),
  }
  const environment = { loadMnist: () => loadMnist({ from: mnistFolder, gzip: false }) }
  if (name === 'wgrad') return runWgrad({ ...environment, openDevice }, course)
  const openPeer = async () => {
    if (name === 'jax-js') return (await import('/bench/peers/models/jax.mjs')).jaxPeer(backend)
    if (backend === 'wasm') {
      tf.wasm.setWasmPaths(wasmFolder)
      tf.wasm.setThreadsCount(navigator.hardwareConcurrency)
    }
    return (await import('/bench/peers/models/tensorflow.mjs')).tensorflowPeer(tf, backend)
  }
  return runPeer({ ...environment, openPeer }, course)
}
