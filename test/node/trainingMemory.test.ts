/** The hot path makes nothing and waits for little, and what training takes on the device it gives back. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { dataset } from '../../src/data/dataset.ts'
import { take } from '../../src/data/split.ts'
import { DeviceError, LimitError, TrainingError } from '../../src/errors.ts'
import { dense, relu } from '../../src/nn/layers.ts'
import { sequential } from '../../src/nn/model.ts'
import { adam, sgd } from '../../src/nn/optimizers.ts'
import { openDevice } from '../../src/node/openDevice.ts'
import { createRandom } from '../../src/random.ts'
import { evaluate } from '../../src/train/evaluate.ts'
import { fit } from '../../src/train/fit.ts'
import { saliency } from '../../src/train/inspect.ts'
import type { FitOptions } from '../../src/train/options.ts'
import { predict } from '../../src/train/predict.ts'
import { warmUp } from '../../src/train/warmUp.ts'
import { Weights, loadModel } from '../../src/train/weights.ts'
import { openTestDevice } from './support/gpu.ts'
import { type Spy, spyOn } from './support/spy.ts'

const gpu = await openTestDevice()
const random = createRandom(1, 'examples')
const examples = dataset({
  features: Float32Array.from({ length: 4000 * 5 }, () => random.normal()),
  targets: Uint8Array.from({ length: 4000 }, () => Math.floor(3 * random.uniform())),
  classes: 3,
})
const model = sequential([5], [dense(8), relu(), dense(3)])
const options: FitOptions = { loss: 'softmaxCrossEntropy', optimizer: adam(), batchSize: 2, epochs: 2 }
const totalSteps = 4000

let spy: Spy
beforeEach(() => {
  spy = spyOn(gpu.device)
})
afterEach(() => {
  spy[Symbol.dispose]()
})

describe('an epoch of 784-128-10', () => {
  it('is four dispatches a step, a submit for many steps, and a readback for each report', async () => {
    const steps = 200
    const digits = dataset({
      features: Uint8Array.from({ length: steps * 784 }, () => 256 * random.uniform()),
      targets: Uint8Array.from({ length: steps }, () => Math.floor(10 * random.uniform())),
      classes: 10,
    })
    let [reports, before] = [0, { ...spy.counts }]
    const run = await fit(gpu, sequential([784], [dense(128), relu(), dense(10)]), digits, {
      ...options,
      batchSize: 1,
      epochs: 2,
      onReport: () => {
        reports++
      },
      onStart: () => (before = { ...spy.counts }),
    })
    run.dispose()

    expect(spy.counts.dispatchWorkgroups - before.dispatchWorkgroups).toBe(4 * 2 * steps)
    expect(spy.counts.mapAsync - before.mapAsync).toBe(reports)
    // A submit for the steps, one for each readback.
    expect(spy.counts.submit - before.submit - reports).toBeLessThan((2 * steps) / 5)
    expect(reports).toBeLessThan((2 * steps) / 5)
    expect(spy.counts).toMatchObject({
      createBuffer: before.createBuffer + Math.min(reports, 2),
      createBindGroup: before.createBindGroup,
      createComputePipelineAsync: before.createComputePipelineAsync,
    })
  })
})

describe('while steps run', () => {
  it('nothing is made after the first interval, and each report costs one readback, one interval behind', async () => {
    let [reports, first, last] = [0, spy.counts, spy.counts]
    const run = await fit(gpu, model, examples, {
      ...options,
      onReport: () => {
        if (reports++ === 0) first = { ...spy.counts }
        last = { ...spy.counts }
      },
    })
    run.dispose()

    expect(reports).toBeGreaterThan(3)
    expect(first.createComputePipelineAsync).toBeGreaterThan(0)
    expect(first.createBindGroup).toBeGreaterThan(0)
    expect(last).toMatchObject({
      createBuffer: first.createBuffer,
      createBindGroup: first.createBindGroup,
      createComputePipelineAsync: first.createComputePipelineAsync,
    })
    expect(first.mapAsync).toBe(2)
    expect(last.mapAsync).toBe(reports)
  })

  it('a submit holds many steps where steps are fast', async () => {
    const run = await fit(gpu, model, examples, options)
    run.dispose()

    expect(run.losses.length).toBe(totalSteps)
    expect(spy.counts.submit).toBeLessThan(totalSteps / 10)
    expect(spy.counts.mapAsync).toBeLessThan(totalSteps / 50)
  })

  it('a training that was warmed up for compiles nothing, to validate neither, whatever the size of its dataset', async () => {
    const settings = { ...options, batchSize: 40, epochs: 1 }
    const other = sequential([5], [dense(9), relu(), dense(3)])
    await warmUp(gpu, other, take(examples, 1), settings)
    expect(spy.counts.createComputePipelineAsync).toBe(4)
    expect(spy.livingBuffers()).toEqual([])

    const warm = { ...spy.counts }
    const run = await fit(gpu, other, take(examples, 300), { ...settings, validation: take(examples, 70) })
    run.dispose()
    expect(spy.counts.createComputePipelineAsync).toBe(warm.createComputePipelineAsync)
  })

  it('a second training of the same model compiles nothing', async () => {
    const run = await fit(gpu, model, examples, { ...options, epochs: 1 })
    run.dispose()
    expect(spy.counts.createComputePipelineAsync).toBe(0)
  })
})

describe('on the device is left', () => {
  const short: FitOptions = { ...options, batchSize: 100, epochs: 1 }

  it('of a run its parameters and what its optimiser keeps, until it is disposed of', async () => {
    const run = await fit(gpu, model, examples, { ...short, validation: 0.1 })
    const held = ['wgrad: firstMoment', 'wgrad: parameters', 'wgrad: secondMoment']
    expect(spy.livingBuffers()).toEqual(held)
    await evaluate(run, examples)
    const bytes = await run.weights()
    await run.checkpoint()
    expect(spy.livingBuffers()).toEqual(held)
    await predict(run, examples.features)

    const before = spy.livingBuffers()
    const loaded = loadModel(gpu, bytes)
    expect(spy.livingBuffers()).toEqual([...before, 'wgrad: parameters'].sort())
    loaded.dispose()
    {
      using disposed = run
      expect(disposed.gpu).toBe(gpu)
    }
    expect(spy.livingBuffers()).toEqual([])
  })

  it('of a prediction what the next one of that size needs, which then makes nothing anew', async () => {
    const run = await fit(gpu, model, examples, short)
    const features = examples.features.slice(0, 5)
    await predict(run, features)
    await saliency(run, features, [1])
    const [before, living] = [{ ...spy.counts }, spy.livingBuffers()]

    await predict(run, features)
    await saliency(run, features, [2])

    expect(spy.livingBuffers()).toEqual(living)
    const { createBuffer, createBindGroup, createComputePipelineAsync } = spy.counts
    expect({ createBuffer, createBindGroup, createComputePipelineAsync }).toEqual({
      createBuffer: before.createBuffer,
      createBindGroup: before.createBindGroup,
      createComputePipelineAsync: before.createComputePipelineAsync,
    })
    run.dispose()
    expect(spy.livingBuffers()).toEqual([])
  })

  it('nothing of a prediction whose model was disposed of before it or while it was compiled', async () => {
    const run = await fit(gpu, model, examples, short)
    const prediction = predict(run, examples.features)
    run.dispose()
    const disposed = new DeviceError('predict: the model was disposed of')
    await expect(prediction).rejects.toThrow(disposed)
    await expect(predict(run, examples.features)).rejects.toThrow(disposed)
    expect(spy.livingBuffers()).toEqual([])
  })

  it('nothing of a run whose loss is not finite, not even of the intervals under way', async () => {
    const optimizer = sgd({ learningRate: 1e6 })
    await expect(fit(gpu, model, examples, { ...short, optimizer })).rejects.toThrow(TrainingError)
    expect(spy.livingBuffers()).toEqual([])
  })

  it('nothing of a run whose listener throws', async () => {
    const failure = new Error('the listener’s own')
    const onReport = (): void => {
      throw failure
    }
    await expect(fit(gpu, model, examples, { ...short, onReport })).rejects.toBe(failure)
    expect(spy.livingBuffers()).toEqual([])
  })

  it('nothing where the validation set does not fit', async () => {
    const validation = dataset({ features: new Float32Array(8), targets: new Uint8Array(2), classes: 3 })
    await expect(fit(gpu, model, examples, { ...short, validation })).rejects.toThrow('[4]')
    expect(spy.livingBuffers()).toEqual([])
  })

  it('nothing of a training, an evaluation or a prediction on a device that is gone', async () => {
    const run = await fit(gpu, model, examples, short)
    const gone = await openDevice({ onNotice: () => undefined })
    gone.dispose()
    using goneSpy = spyOn(gone.device)
    const stranded = { ...run, gpu: gone }

    await expect(fit(gone, model, examples, short)).rejects.toThrow(DeviceError)
    await expect(evaluate(stranded, examples)).rejects.toThrow(DeviceError)
    await expect(predict(stranded, examples.features)).rejects.toThrow(DeviceError)
    expect(goneSpy.counts.createBuffer).toBeGreaterThan(10)
    expect(goneSpy.livingBuffers()).toEqual([])
    run.dispose()
  })

  it('nothing of a model that is too large for it', () => {
    const bytes = 2 ** 41
    const limit = gpu.device.limits.maxBufferSize
    const large = { ...model, parameterBytes: bytes }
    expect(() => new Weights(gpu, large, 'softmaxCrossEntropy', new Map())).toThrow(
      new LimitError(
        `the parameters of the model have ${bytes} bytes, the device holds at most ${limit} in a buffer; use fewer units`,
      ),
    )
    expect(spy.livingBuffers()).toEqual([])
  })
})
