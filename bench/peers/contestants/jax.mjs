/** jax-js: loss, gradients and Adam in one jitted function of parameters, moments and batch. */
import { blockUntilReady, defaultDevice, init, jit, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax'
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
  const arrays = layers.flatMap(({ inputs, outputs, weight, bias }) => [
    np.array(weight).reshape([inputs, outputs]),
    np.array(bias),
  ])
  const zeros = () => arrays.map((array) => np.zeros(array.shape))
  let state = { parameters: arrays, firstMoments: zeros(), secondMoments: zeros() }
  const resident = batches.map(({ features, targets }) => ({
    x: np.array(features).reshape([targets.length / 10, layers[0].inputs]),
    y: np.array(targets).reshape([targets.length / 10, 10]),
  }))
  await blockUntilReady([state, resident])
  const update = trainingStep(adam)
  let done = 0
  const step = () => {
    const { x, y } = resident[done++ % resident.length]
    // The bias corrections are of the step alone: computed here, they cost the device nothing.
    const root = Math.sqrt(1 - adam.beta2 ** done)
    const rate = (adam.learningRate * root) / (1 - adam.beta1 ** done)
    let loss
    ;[state, loss] = update(state, x.ref, y.ref, rate, adam.epsilon * root)
    return loss
  }
  /** Lazy until somebody waits: wait for each step while the next is being submitted, so that the queue stays short. */
  const repeat = async (count) => {
    let before
    for (let i = 0; i < count; i++) {
      const loss = step()
      const ready = loss.blockUntilReady()
      await before
      before = ready.then((array) => (i < count - 1 ? array.dispose() : array.data()))
    }
    await before
  }
  const firstLosses = []
  for (let i = 0; i < comparedSteps; i++) firstLosses.push((await step().data())[0])
  return {
    result: Float32Array.from(firstLosses),
    repeat,
    dispose() {
      tree.dispose([state, resident])
      update.dispose()
    },
  }
}

function trainingStep({ beta1, beta2 }) {
  const lossOf = (parameters, x, y) => {
    const rows = y.shape[0]
    let output = x
    for (let i = 0; i < parameters.length; i += 2) {
      output = np.dot(output, parameters[i]).add(parameters[i + 1])
      if (i + 2 < parameters.length) output = nn.relu(output)
    }
    return nn
      .logSoftmax(output)
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

async function multiply({ size, a, b }) {
  const operands = [a, b].map((values) => np.array(values).reshape([size, size]))
  await blockUntilReady(operands)
  const product = jit((x, y) => np.matmul(x, y))
  const repeat = async (count) => {
    let before
    for (let i = 0; i < count; i++) {
      const ready = product(operands[0].ref, operands[1].ref).blockUntilReady()
      await before
      before = ready.then((array) => (i < count - 1 ? array.dispose() : array.data()))
    }
    return before
  }
  return {
    result: await repeat(1),
    repeat,
    dispose() {
      tree.dispose(operands)
      product.dispose()
    },
  }
}
