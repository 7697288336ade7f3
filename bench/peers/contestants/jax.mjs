/** jax-js: its jitted training step and its matmul; each is awaited while the next is being submitted. */
import { blockUntilReady, defaultDevice, init, jit, numpy as np, tree } from '@jax-js/jax'
import { inTurn, jaxBatch, jaxNetwork } from '../models/jax.mjs'
import { pacedTurn } from '../pacedTurn.mjs'

/**
 * @param {'WebGPU' | 'wasm'} backend
 * @returns {Promise<import('../contest.mjs').Contestant>}
 */
export async function jax(backend) {
  const device = backend.toLowerCase()
  await init(device)
  const enter = (prepare) => async (task) => {
    defaultDevice(device)
    const { result, repeat, dispose } = await prepare(task)
    const turn = pacedTurn(repeat)
    return {
      result,
      turn(seconds) {
        defaultDevice(device)
        return turn(seconds)
      },
      dispose,
    }
  }
  return { name: 'jax-js', backend, train: enter(train), multiply: enter(multiply) }
}

async function train({ layers, batches, comparedSteps, adam }) {
  const network = await jaxNetwork({ layers, adam })
  const resident = batches.map(jaxBatch)
  await blockUntilReady(resident)
  let done = 0
  const step = () => {
    const { x, y } = resident[done++ % resident.length]
    return network.step({ x: x.ref, y: y.ref }, adam.learningRate)
  }
  const firstLosses = []
  for (let i = 0; i < comparedSteps; i++) firstLosses.push((await step().data())[0])
  return {
    result: Float32Array.from(firstLosses),
    repeat: (count) => inTurn(count, step),
    dispose() {
      tree.dispose(resident)
      network.dispose()
    },
  }
}

async function multiply({ size, a, b }) {
  const operands = [a, b].map((values) => np.array(values).reshape([size, size]))
  await blockUntilReady(operands)
  const product = jit((x, y) => np.matmul(x, y))
  const repeat = (count) => inTurn(count, () => product(operands[0].ref, operands[1].ref))
  return {
    result: await repeat(1),
    repeat,
    dispose() {
      tree.dispose(operands)
      product.dispose()
    },
  }
}
