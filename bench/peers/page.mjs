/** The contest in a page: TensorFlow.js is there as the global `tf`, jax-js by the import map. */
/* global navigator, tf */
import { openDevice } from '../../dist/index.js'
import { loadMnist } from '../../dist/mnist.js'
import { contest } from './contest.mjs'
import { jax } from './contestants/jax.mjs'
import { tensorflow } from './contestants/tensorflow.mjs'
import { wgrad } from './contestants/wgrad.mjs'

export async function run({ wasmFolder, mnistFolder, ...options }, progress) {
  const gpu = await openDevice()
  tf.wasm.setWasmPaths(wasmFolder)
  tf.wasm.setThreadsCount(navigator.hardwareConcurrency)
  const contestants = [
    wgrad(gpu),
    await tensorflow(tf, 'WebGPU'),
    await jax('WebGPU'),
    await tensorflow(tf, 'wasm'),
    await jax('wasm'),
  ]
  const results = await contest(
    { contestants, progress, loadMnist: () => loadMnist({ from: mnistFolder }) },
    options,
  )
  return { adapter: gpu.adapter.name, results, cores: navigator.hardwareConcurrency }
}
