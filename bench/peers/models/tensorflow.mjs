/** A dense network of TensorFlow.js: its own dense op, loss and optimiser on variables. */

/**
 * @param {typeof import('@tensorflow/tfjs')} tf
 * @param {{ layers: import('./start.mjs').Layer[], adam: { beta1: number, beta2: number, epsilon: number } }} task
 */
export function tensorflowNetwork(tf, { layers, adam }) {
  const parameters = layers.map(({ inputs, outputs, weight, bias }) => ({
    weight: tf.variable(tf.tensor2d(weight, [inputs, outputs])),
    bias: tf.variable(tf.tensor1d(bias)),
  }))
  const variables = parameters.flatMap(({ weight, bias }) => [weight, bias])
  const optimizer = tf.train.adam(0, adam.beta1, adam.beta2, adam.epsilon)
  const logits = (x) =>
    parameters.reduce((input, { weight, bias }, i) => {
      const activation = i < parameters.length - 1 ? 'relu' : 'linear'
      return tf.fused.matMul({ a: input, b: weight, bias, activation })
    }, x)
  return {
    /** One step on a batch, which stays the caller's; gives the loss as a tensor. */
    step({ x, y }, learningRate) {
      optimizer.learningRate = learningRate
      return optimizer.minimize(() => tf.losses.softmaxCrossEntropy(y, logits(x)), true, variables)
    },
    logits: (x) => tf.tidy(() => logits(x)),
    dispose: () =>
      tf.dispose([variables, optimizer.accumulatedFirstMoment, optimizer.accumulatedSecondMoment]),
  }
}

/** A batch as tensors. */
export function tensorflowBatch(tf, { features, targets }) {
  const rows = targets.length / 10
  return { x: tf.tensor2d(features, [rows, features.length / rows]), y: tf.tensor2d(targets, [rows, 10]) }
}

/**
 * TensorFlow.js as a peer of bench/peers/timeToAccuracy.
 *
 * @returns {Promise<(task: object) => import('../timeToAccuracy/peer.mjs').Peer>}
 */
export async function tensorflowPeer(tf, backend) {
  tf.enableProdMode()
  await tf.setBackend(backend.toLowerCase())
  return ({ layers, adam, test }) => {
    const network = tensorflowNetwork(tf, { layers, adam })
    const { x: testImages } = tensorflowBatch(tf, test)
    const step = ({ batch, learningRate }) => {
      const tensors = tensorflowBatch(tf, batch)
      const loss = network.step(tensors, learningRate)
      tf.dispose(tensors)
      return loss
    }
    return {
      async train(count, stepAt) {
        for (let i = 0; i < count; i++) {
          const loss = step(stepAt(i))
          // Steps under way hold their memory: the queue must end somewhere.
          if (i % stepsUnderWay === stepsUnderWay - 1 || i === count - 1) await loss.data()
          loss.dispose()
        }
      },
      async logits() {
        const logits = network.logits(testImages)
        const values = await logits.data()
        logits.dispose()
        return values
      },
    }
  }
}

const stepsUnderWay = 32
