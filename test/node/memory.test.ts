/** What the library holds on a device is known, and comes back to nothing. */
import { expect, it } from 'vitest'
import { OutOfMemoryError } from '../../src/errors.ts'
import { createBuffer } from '../../src/gpu/buffer.ts'
import { bufferUsage } from '../../src/gpu/device.ts'
import { openDevice } from '../../src/node/openDevice.ts'
import { evaluate } from '../../src/train/evaluate.ts'
import { fit } from '../../src/train/fit.ts'
import { predict } from '../../src/train/predict.ts'
import { tune } from '../../src/train/tune.ts'
import { loadModel } from '../../src/train/weights.ts'
import { openTestDevice } from './support/gpu.ts'
import { spyOn } from './support/spy.ts'
import { examples, model, options } from './support/training.ts'

const gpu = await openTestDevice()
const nothing = { bytes: 0, buffers: 0 }

it('is as many buffers as live on the device, at every moment of a training', async () => {
  using spy = spyOn(gpu.device)
  const seen: number[] = []
  const look = (): void => {
    const { bytes, buffers } = gpu.memory()
    expect(buffers).toBe(spy.livingBuffers().length)
    expect(bytes).toBeGreaterThan(examples.features.byteLength)
    seen.push(buffers)
  }
  const run = await fit(gpu, model, examples, {
    ...options,
    validation: 0.1,
    onStart: look,
    onReport: look,
    onEpoch: look,
  })
  expect(seen.length).toBeGreaterThan(5)
  // Parameters and two moments.
  expect(gpu.memory()).toEqual({ bytes: 3 * model.parameterBytes, buffers: 3 })
  run.dispose()
  run.dispose()
  expect(gpu.memory()).toEqual(nothing)
})

it('is nothing after each of 200 trainings', async () => {
  const short = { ...options, batchSize: 98, epochs: 1 }
  const held: unknown[] = []
  for (let cycle = 0; cycle < 200; cycle++) {
    const run = await fit(gpu, model, examples, short)
    run.dispose()
    held.push(gpu.memory())
  }
  expect(held).toEqual(Array(200).fill(nothing))
})

it('is nothing after a tuning, an evaluation, a prediction and a model that was loaded', async () => {
  const run = await fit(gpu, model, examples, options)
  using loaded = loadModel(gpu, await run.weights())
  await evaluate(loaded, examples)
  await tune(gpu, model, examples, { ...options, seconds: 0.2 })
  expect(gpu.memory()).toEqual({ bytes: 4 * model.parameterBytes, buffers: 4 })
  // What a prediction needs is kept for the next, as long as the model.
  await predict(run, examples.features)
  expect(gpu.memory().buffers).toBeGreaterThan(4)
  run.dispose()
  loaded.dispose()
  expect(gpu.memory()).toEqual(nothing)
})

it('is each device’s own, and nothing once that is disposed of', async () => {
  for (let cycle = 0; cycle < 5; cycle++) {
    const other = await openDevice({ onNotice: () => undefined })
    const run = await fit(other, model, examples, { ...options, epochs: 1 })
    expect(other.memory().buffers).toBe(3)
    expect(gpu.memory()).toEqual(nothing)
    other.dispose()
    expect(other.memory()).toEqual(nothing)
    run.dispose()
    expect(other.memory()).toEqual(nothing)
  }
})

it('is told alike by all that wrap one device', async () => {
  const wrapped = await openDevice({ device: gpu.device })
  using run = await fit(wrapped, model, examples, { ...options, epochs: 1 })
  expect(run.gpu).toBe(wrapped)
  expect(gpu.memory()).toEqual(wrapped.memory())
  expect(gpu.memory().buffers).toBe(3)
})

const usage = bufferUsage.storage

it('that is not there is an OutOfMemoryError, whichever way the device says it', async () => {
  const own = await openDevice({ onNotice: () => undefined })
  const size = own.device.limits.maxBufferSize
  expect(() =>
    createBuffer(own.device, { label: 'far too much', size: 2 ** 50, usage, mappedAtCreation: true }),
  ).toThrow(/^there is no memory for 1125899906842624 bytes of far too much; use a smaller batch or model$/)
  // On a machine with less memory than the limit the device says so in the background, else not at all.
  createBuffer(own.device, { size, usage }).destroy()
  await own.wait(own.device.queue.onSubmittedWorkDone()).catch((error: unknown) => {
    expect(error).toBeInstanceOf(OutOfMemoryError)
  })
  own.dispose()
})
