/** A dense network of jax-js: loss, gradients and Adam in one jitted function of parameters, moments and batch. */
import { blockUntilReady, defaultDevice, init, jit, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax'

/**
 * @param {{ layers: import('./start.mjs').Layer[], adam: { beta1: number, beta2: number, epsilon: number } }} task
 */
export async function jaxNetwork({ layers, adam }) {
  const arrays = layers.flatMap(({ inputs, outputs, weight, bias }) => [
    np.array(weight).reshape([inputs, outputs]),
    np.array(bias),
  ])
  const zeros = () => arrays.map((array) => np.zeros(array.shape))
  let state = { parameters: arrays, firstMoments: zeros(), secondMoments: zeros() }
  await blockUntilReady(state)
  const update = trainingStep(adam)
  const apply = jit(logitsOf)
  let done = 0
  return {
    /** One step on a batch, which it takes over; gives the loss, an array that is still lazy. */
    step({ x, y }, learningRate) {
      done++
      // The bias corrections are of the step alone: computed here, they cost the device nothing.
      const root = Math.sqrt(1 - adam.beta2 ** done)
      const rate = (learningRate * root) / (1 - adam.beta1 ** done)
      let loss
      ;[state, loss] = update(state, x, y, rate, adam.epsilon * root)
      return loss
    },
    /** The logits of features, which it takes over. */
    logits: (x) => apply(tree.ref(state.parameters), x),
    dispose() {
      tree.dispose(state)
      update.dispose()
      apply.dispose()
    },
  }
}

/** A batch as arrays. */
export function jaxBatch({ features, targets }) {
  const rows = targets.length / 10
  return {
    x: np.array(features).reshape([rows, features.length / rows]),
    y: np.array(targets).reshape([rows, 10]),
  }
}

/**
 * Makes `count` arrays and gives the data of the last. jax-js is lazy until somebody waits: each is awaited while the next
 * is being submitted, so that the queue stays short.
 */
export async function inTurn(count, make) {
  let before
  for (let i = 0; i < count; i++) {
    const ready = make(i).blockUntilReady()
    await before
    before = ready.then((array) => (i < count - 1 ? array.dispose() : array.data()))
  }
  return before
}

function logitsOf(parameters, x) {
  let output = x
  for (let i = 0; i < parameters.length; i += 2) {
    output = np.dot(output, parameters[i]).add(parameters[i + 1])
    if (i + 2 < parameters.length) output = nn.relu(output)
  }
  return output
}

function trainingStep({ beta1, beta2 }) {
  const lossOf = (parameters, x, y) => {
    const rows = y.shape[0]
    return nn
      .logSoftmax(logitsOf(parameters, x))
      .mul(y)
      .sum()
      .mul(-1 / rows)
  }
  return jit(({ parameters, firstMoments, secondMoments }, x, y, rate, epsilon) => {
    const [loss, gradients] = valueAndGrad(lossOf)(tree.ref(parameters), x, y)
    const first = tree.map((m, g) => m.mul(beta1).add(g.mul(1 - beta1)), firstMoments, tree.ref(gradients))
    const second = tree.map((v, g) => v.mul(beta2).add(np.square(g).mul(1 - beta2)), secondMoments, gradients)
    const next = tree.map(
      (p, m, v) => p.sub(m.mul(rate.ref).div(np.sqrt(v).add(epsilon.ref))),
      parameters,
      tree.ref(first),
      tree.ref(second),
    )
    rate.dispose()
    epsilon.dispose()
    return [{ parameters: next, firstMoments: first, secondMoments: second }, loss]
  })
}

/**
 * jax-js as a peer of bench/peers/timeToAccuracy.
 *
 * @returns {Promise<(task: object) => Promise<import('../timeToAccuracy/peer.mjs').Peer>>}
 */
export async function jaxPeer(backend) {
  const device = backend.toLowerCase()
  await init(device)
  defaultDevice(device)
  return async ({ layers, adam, test }) => {
    const network = await jaxNetwork({ layers, adam })
    const { x: testImages } = jaxBatch(test)
    return {
      train: (count, stepAt) =>
        inTurn(count, (i) => {
          const { batch, learningRate } = stepAt(i)
          return network.step(jaxBatch(batch), learningRate)
        }),
      logits: () => network.logits(testImages.ref).data(),
    }
  }
}
