/** TensorFlow.js: its own dense op, loss and optimiser on variables; nothing is read back but the last loss of a turn. */
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
  const parameters = layers.map(({ inputs, outputs, weight, bias }) => ({
    weight: tf.variable(tf.tensor2d(weight, [inputs, outputs])),
    bias: tf.variable(tf.tensor1d(bias)),
  }))
  const variables = parameters.flatMap(({ weight, bias }) => [weight, bias])
  const resident = batches.map(({ features, targets }) => ({
    x: tf.tensor2d(features, [targets.length / 10, layers[0].inputs]),
    y: tf.tensor2d(targets, [targets.length / 10, 10]),
  }))
  const optimizer = tf.train.adam(adam.learningRate, adam.beta1, adam.beta2, adam.epsilon)
  let done = 0
  const step = () => {
    const { x, y } = resident[done++ % resident.length]
    const loss = () => {
      const logits = parameters.reduce((input, { weight, bias }, i) => {
        const activation = i < parameters.length - 1 ? 'relu' : 'linear'
        return tf.fused.matMul({ a: input, b: weight, bias, activation })
      }, x)
      return tf.losses.softmaxCrossEntropy(y, logits)
    }
    return optimizer.minimize(loss, true, variables)
  }
  const firstLosses = Array.from({ length: comparedSteps }, step)
  return {
    result: Float32Array.from(await Promise.all(firstLosses.map(async (loss) => (await loss.data())[0]))),
    async repeat(count) {
      for (let i = 1; i < count; i++) step().dispose()
      const last = step()
      await last.data()
      last.dispose()
    },
    dispose: () =>
      tf.dispose([
        firstLosses,
        resident,
        variables,
        optimizer.accumulatedFirstMoment,
        optimizer.accumulatedSecondMoment,
      ]),
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
