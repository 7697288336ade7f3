/** A device of the user's own, handed to `openDevice({ device })`: the library works on it as a guest. */
import { expect, it, onTestFinished } from 'vitest'
import { ShaderError, TrainingError } from '../../src/errors.ts'
import * as kernels from '../../src/generated/kernels.ts'
import * as hooks from '../../src/generated/hooks.ts'
import { type Gpu, bufferUsage } from '../../src/gpu/device.ts'
import { createKernel } from '../../src/gpu/kernel.ts'
import { sgd } from '../../src/nn/optimizers.ts'
import { openDevice } from '../../src/node/openDevice.ts'
import { evaluate } from '../../src/train/evaluate.ts'
import { fit } from '../../src/train/fit.ts'
import { saliency } from '../../src/train/inspect.ts'
import { predict } from '../../src/train/predict.ts'
import { profile } from '../../src/train/profile.ts'
import { tune } from '../../src/train/tune.ts'
import { loadModel } from '../../src/train/weights.ts'
import { readBuffer } from '../support/guards.ts'
import { examples, model, options, outcomeOf } from './support/training.ts'

/** A device that somebody else opened, and the library on it. */
async function borrow(): Promise<{ readonly device: GPUDevice; readonly gpu: Gpu }> {
  const owner = await openDevice({ onNotice: () => undefined })
  onTestFinished(() => {
    owner.dispose()
  })
  return { device: owner.device, gpu: await openDevice({ device: owner.device }) }
}

/** All that the library does on a device. */
async function doEverything(gpu: Gpu): Promise<void> {
  using run = await fit(gpu, model, examples, { ...options, validation: 0.1 })
  await run.checkpoint()
  using loaded = loadModel(gpu, await run.weights())
  await evaluate(loaded, examples)
  await predict(loaded, examples.features)
  await saliency(loaded, examples.features.slice(0, 5), [1])
  await tune(gpu, model, examples, { ...options, seconds: 0.2 })
  await profile(gpu, model, examples, options, 0.001)
}

it('outlives a failing training and `dispose`, and nothing is left on it', async () => {
  const { device, gpu } = await borrow()
  const listener = new Error('the listener’s own')
  const onReport = (): void => {
    throw listener
  }
  await expect(fit(gpu, model, examples, { ...options, onReport })).rejects.toBe(listener)
  const optimizer = sgd({ learningRate: 1e6 })
  await expect(fit(gpu, model, examples, { ...options, optimizer })).rejects.toThrow(TrainingError)
  expect(gpu.memory()).toEqual({ bytes: 0, buffers: 0 })
  gpu.dispose()
  expect(await sevens(device)).toEqual(Array(64).fill(7))
})

it('keeps its error scopes: every one that is pushed is popped, in the same turn', async () => {
  const { device, gpu } = await borrow()
  const scopes = { pushed: 0, popped: 0 }
  const depths: number[] = []
  intercept(device, 'pushErrorScope', () => {
    scopes.pushed++
    queueMicrotask(() => depths.push(scopes.pushed - scopes.popped))
  })
  intercept(device, 'popErrorScope', () => scopes.popped++)
  await doEverything(gpu)
  expect(scopes.pushed).toBeGreaterThan(5)
  expect(scopes.popped).toBe(scopes.pushed)
  expect(new Set(depths)).toEqual(new Set([0]))
})

it('has the user’s scope catch the user’s error, and none of the library’s', async () => {
  const { device, gpu } = await borrow()
  device.pushErrorScope('validation')
  let isMade = false
  const run = await fit(gpu, model, examples, {
    ...options,
    onReport: () => {
      if (!isMade) makeInvalidBuffer(device, 'the user’s own')
      isMade = true
    },
  })
  run.dispose()
  const caught = await device.popErrorScope()
  expect(caught?.message).toContain('the user’s own')

  device.pushErrorScope('validation')
  const broken = { ...kernels.map, source: kernels.map.source.replace('let row', 'let row row') }
  const linking = { kernel: broken, loads: { a: [hooks.read_a] }, store: [] } as const
  await expect(gpu.wait(createKernel(device, linking, { M: 1, N: 1 }))).rejects.toThrow(ShaderError)
  expect(await device.popErrorScope()).toBeNull()
  gpu.check()
})

it('tells the user’s own handler of errors, during a training and after `dispose`', async () => {
  const { device, gpu } = await borrow()
  const told: string[] = []
  const handler = ({ error }: GPUUncapturedErrorEvent): void => void told.push(error.message)
  device.onuncapturederror = handler
  const onStart = (): void => {
    makeInvalidBuffer(device, 'the first')
  }
  // Whose it is cannot be told, so the training is told of it too.
  await expect(fit(gpu, model, examples, { ...options, onStart })).rejects.toThrow('the first')
  gpu.dispose()
  makeInvalidBuffer(device, 'the second')
  await device.queue.onSubmittedWorkDone()
  expect(told).toEqual([expect.stringContaining('the first'), expect.stringContaining('the second')])
  expect(device.onuncapturederror).toBe(handler)
})

it('shows what the library makes on it by label', async () => {
  const { device, gpu } = await borrow()
  const labels: string[] = []
  const note = (made: unknown): void => {
    if (made instanceof Promise) void made.then(note)
    else labels.push((made as GPUObjectBase).label)
  }
  const made = Object.getOwnPropertyNames(Object.getPrototypeOf(device)).filter((name) =>
    name.startsWith('create'),
  )
  for (const name of made) {
    intercept(device, name, (object) => {
      note(object)
      if (name !== 'createCommandEncoder') return
      intercept(object as object, 'beginComputePass', note)
      intercept(object as object, 'finish', note)
    })
  }
  await doEverything(gpu)
  expect(labels.length).toBeGreaterThan(100)
  expect(labels.filter((label) => !/^wgrad: \w/.test(label))).toEqual([])
})

it('serves two at once, each with the results that it has alone, and one of them on after the other is disposed of', async () => {
  const { device, gpu } = await borrow()
  const second = await openDevice({ device })
  const alone = await outcomeOf(await fit(gpu, model, examples, options))
  const [first, other] = await Promise.all([
    fit(gpu, model, examples, options),
    fit(second, model, examples, options),
  ])
  expect(await outcomeOf(first)).toEqual(alone)
  gpu.dispose()
  expect(() => {
    gpu.check()
  }).toThrow('disposed of')
  expect(await outcomeOf(other)).toEqual(alone)
  expect(second.memory()).toEqual({ bytes: 0, buffers: 0 })
})

it('computes for the user between the steps of a training, and neither changes the other’s results', async () => {
  const { device, gpu } = await borrow()
  const alone = await outcomeOf(await fit(gpu, model, examples, options))
  const own: number[][] = []
  const onReport = async (): Promise<void> => {
    own.push(await sevens(device))
  }
  const shared = await outcomeOf(await fit(gpu, model, examples, { ...options, onReport }))
  expect(shared).toEqual(alone)
  expect(own.length).toBeGreaterThan(1)
  expect(new Set(own.flat())).toEqual(new Set([7]))
})

/** A pass of the user's own, which fills a buffer with sevens. */
async function sevens(device: GPUDevice): Promise<number[]> {
  const buffer = device.createBuffer({ size: 256, usage: bufferUsage.storage | bufferUsage.copySrc })
  const code = `
    @group(0) @binding(0) var<storage, read_write> out: array<f32, 64>;
    @compute @workgroup_size(64) fn fill(@builtin(local_invocation_index) i: u32) { out[i] = 7; }`
  const module = device.createShaderModule({ code })
  const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module } })
  const entries = [{ binding: 0, resource: { buffer } }]
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  pass.setPipeline(pipeline)
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }))
  pass.dispatchWorkgroups(1)
  pass.end()
  device.queue.submit([encoder.finish()])
  const numbers = [
    ...new Float32Array(await readBuffer({ device, wait: (promise) => promise }, buffer, 0, 256)),
  ]
  buffer.destroy()
  return numbers
}

/** Usages that exclude each other. */
function makeInvalidBuffer(device: GPUDevice, label: string): void {
  device.createBuffer({ label, size: 4, usage: bufferUsage.mapRead | bufferUsage.storage })
}

/** Tells what a method returns; the call goes through to it. */
function intercept(target: object, name: string, tell: (returned: unknown) => void): void {
  const own = Reflect.get(target, name) as (...rest: unknown[]) => unknown
  const value = (...rest: unknown[]): unknown => {
    const returned = Reflect.apply(own, target, rest)
    tell(returned)
    return returned
  }
  Object.defineProperty(target, name, { value, configurable: true })
}
