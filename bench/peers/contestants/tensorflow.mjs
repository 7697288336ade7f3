/** TensorFlow.js: its training step and its matmul; nothing is read back but the last result of a turn. */
import { tensorflowBatch, tensorflowNetwork } from '../models/tensorflow.mjs'
import { pacedTurn } from '../pacedTurn.mjs'

/**
 * @param {typeof import('@tensorflow/tfjs')} tf with the backend registered
 * @param {'WebGPU' | 'wasm'} backend
 * @returns {Promise<import('../contest.mjs').Contestant>}
 */
export async function tensorflow(tf, backend) {
  const enter = (prepare) => async (task) => {
    await tf.setBackend(backend.toLowerCase())
    const { result, repeat, dispose } = await prepare(tf, task)
    const turn = pacedTurn(repeat)
    return {
      result,
      async turn(seconds) {
        // The engine is one for all backends of the page.
        await tf.setBackend(backend.toLowerCase())
        return turn(seconds)
      },
      dispose,
    }
  }
  tf.enableProdMode()
  return { name: 'TensorFlow.js', backend, train: enter(train), multiply: enter(multiply) }
}

async function train(tf, { layers, batches, comparedSteps, adam }) {
  const network = tensorflowNetwork(tf, { layers, adam })
  const resident = batches.map((batch) => tensorflowBatch(tf, batch))
  let done = 0
  const step = () => network.step(resident[done++ % resident.length], adam.learningRate)
  const firstLosses = Array.from({ length: comparedSteps }, step)
  return {
    result: Float32Array.from(await Promise.all(firstLosses.map(async (loss) => (await loss.data())[0]))),
    async repeat(count) {
      for (let i = 1; i < count; i++) step().dispose()
      const last = step()
      await last.data()
      last.dispose()
    },
    dispose() {
      tf.dispose([firstLosses, resident])
      network.dispose()
    },
  }
}

async function multiply(tf, { size, a, b }) {
  const operands = [a, b].map((values) => tf.tensor2d(values, [size, size]))
  const repeat = async (count) => {
    for (let i = 1; i < count; i++) tf.matMul(...operands).dispose()
    const last = tf.matMul(...operands)
    const values = await last.data()
    last.dispose()
    return values
  }
  return { result: await repeat(1), repeat, dispose: () => tf.dispose(operands) }
}
