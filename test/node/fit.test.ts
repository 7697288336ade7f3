/** A training learns, and does the same thing each time. */
import { expect, it } from 'vitest'
import { take } from '../../src/data/split.ts'
import { readSafetensors } from '../../src/io/readSafetensors.ts'
import { dense, relu } from '../../src/nn/layers.ts'
import { sequential } from '../../src/nn/model.ts'
import { adam } from '../../src/nn/optimizers.ts'
import { loadMnist } from '../../src/node/mnist.ts'
import { evaluate } from '../../src/train/evaluate.ts'
import { fit } from '../../src/train/fit.ts'
import type { FitOptions } from '../../src/train/options.ts'
import { relativeError } from '../../src/testing/compare.ts'
import { openTestDevice } from './support/gpu.ts'

const gpu = await openTestDevice()
const mnist = await loadMnist()

it('reaches 91 % on the test set after three epochs over a tenth of MNIST', async () => {
  const model = sequential([784], [dense(128), relu(), dense(10)])
  const run = await fit(gpu, model, take(mnist.train, 6000), {
    loss: 'softmaxCrossEntropy',
    optimizer: adam({ learningRate: 3e-3 }),
    epochs: 3,
  })
  const losses = run.history.map(({ loss }) => loss)
  const { accuracy, loss } = await evaluate(run, mnist.test)
  run.dispose()

  expect(losses).toEqual(losses.toSorted((a, b) => b - a))
  expect(losses.at(-1)).toBeLessThan(0.4 * losses[0]!)
  expect(accuracy).toBeGreaterThan(0.91)
  expect(loss).toBeLessThan(0.3)
})

const small = sequential([784], [dense(32), relu(), dense(10)])
const examples = take(mnist.train, 1500)

/** A training of 94 steps, the last of each epoch partial. */
async function train(
  options: Partial<FitOptions> = {},
): Promise<{ weights: Uint8Array; losses: Float32Array; reports: number[]; dispatches: number }> {
  const reports: number[] = []
  const run = await fit(gpu, small, examples, {
    loss: 'softmaxCrossEntropy',
    optimizer: adam(),
    batchSize: 32,
    epochs: 2,
    seed: 5,
    ...options,
    onReport: (report) => {
      reports.push(report.step)
      return options.onReport?.(report)
    },
  })
  const weights = await run.weights()
  run.dispose()
  return { weights, losses: run.losses, reports, dispatches: run.dispatches.length }
}

const sleep = (milliseconds: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}

it('gives the same bits for the same seed, however the steps are paced', async () => {
  const first = await train()
  const second = await train({
    // A slow listener makes steps look slow, so that fewer go into an interval.
    onReport: () => {
      sleep(100)
    },
  })

  expect(second.reports).not.toEqual(first.reports)
  expect(second.losses).toEqual(first.losses)
  expect(Buffer.compare(first.weights, second.weights)).toBe(0)
})

it('gives other weights for another seed', async () => {
  const [first, second] = [await train({ epochs: 1 }), await train({ epochs: 1, seed: 6 })]

  expect(first.losses[0]).not.toBe(second.losses[0])
  expect(Buffer.compare(first.weights, second.weights)).not.toBe(0)
})

it('agrees with itself unfused after 94 steps, up to rounding', async () => {
  const fused = await train()
  const unfused = await train({ fuse: false })

  expect(unfused.dispatches).toBeGreaterThan(fused.dispatches + 3)
  expect(relativeError(unfused.losses, Float64Array.from(fused.losses))).toBeLessThan(1e-4)
  const expected = readSafetensors(fused.weights).tensors
  for (const [name, { data }] of readSafetensors(unfused.weights).tensors) {
    expect(relativeError(data, Float64Array.from(expected.get(name)!.data)), name).toBeLessThan(1e-4)
  }
})
