/** wgrad as its users have it: `fit`, and the matmul of `wgrad/kernels`. */
import { fit } from '../../../dist/index.js'
import { matmul } from '../../../dist/kernels.js'
import { pacedTurn } from '../pacedTurn.mjs'

/** @returns {import('../contest.mjs').Contestant} */
export function wgrad(gpu) {
  return {
    name: 'wgrad',
    backend: 'WebGPU',
    train: (task) => train(gpu, task),
    multiply: (task) => multiply(gpu, task),
  }
}

/** Each turn is a run of `fit` from the start; its first epoch warms up, the others are timed, each to its last loss. */
async function train(gpu, { seed, batchSize, comparedSteps, dataset, model, optimizer }) {
  const trainFor = async (epochs) => {
    const run = await fit(gpu, model, dataset, {
      loss: 'softmaxCrossEntropy',
      optimizer,
      batchSize,
      epochs,
      seed,
    })
    run.dispose()
    return run
  }
  const { losses, history } = await trainFor(2)
  let epochSeconds = history[1].seconds
  const stepsPerEpoch = Math.ceil(dataset.count / batchSize)
  return {
    result: losses.slice(0, comparedSteps),
    async turn(seconds) {
      const timed = (await trainFor(1 + Math.ceil(seconds / epochSeconds))).history.slice(1)
      epochSeconds = timed.reduce((sum, epoch) => sum + epoch.seconds, 0) / timed.length
      return stepsPerEpoch / epochSeconds
    },
  }
}

async function multiply(gpu, { size, a, b }) {
  const { device } = gpu
  const bytes = 4 * size * size
  const [storage, copySource, copyTarget, mapRead] = [0x80, 0x4, 0x8, 0x1]
  const buffers = ['a', 'b', 'out'].map((label) =>
    device.createBuffer({ label, size: bytes, usage: storage | copySource | copyTarget }),
  )
  const [aBuffer, bBuffer, out] = buffers
  device.queue.writeBuffer(aBuffer, 0, a)
  device.queue.writeBuffer(bBuffer, 0, b)
  const staging = device.createBuffer({ label: 'staging', size: bytes, usage: mapRead | copyTarget })
  const product = await matmul(device, { M: size, N: size, K: size })
  const call = product.bind({ a: aBuffer, b: bBuffer, out })

  const repeat = async (count) => {
    for (let i = 0; i < count; i++) {
      const encoder = device.createCommandEncoder()
      const pass = encoder.beginComputePass()
      call.encode(pass)
      pass.end()
      if (i === count - 1) encoder.copyBufferToBuffer(out, staging)
      device.queue.submit([encoder.finish()])
    }
    await gpu.wait(staging.mapAsync(mapRead))
    const result = new Float32Array(staging.getMappedRange()).slice()
    staging.unmap()
    return result
  }
  return {
    result: await repeat(1),
    turn: pacedTurn(repeat),
    dispose() {
      for (const buffer of [...buffers, staging]) buffer.destroy()
    },
  }
}
