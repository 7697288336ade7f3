/** The first step waits for its own kernels alone: those of the evaluation compile behind them. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ShaderError } from '../../src/errors.ts'
import { fit } from '../../src/train/fit.ts'
import { warmUp } from '../../src/train/warmUp.ts'
import { openTestDevice } from './support/gpu.ts'
import { spyOn } from './support/spy.ts'
import { examples, model, options } from './support/training.ts'

/** The device holds the kernel that counts the classes back until this. */
let end: (failure?: Error) => void
/** What happened, in order. */
let events: ('report' | 'evaluation compiled')[]

let gpu: Awaited<ReturnType<typeof openTestDevice>>
beforeEach(async () => {
  const happened: typeof events = []
  events = happened
  gpu = await openTestDevice()
  const held = new Promise<void>((resolve, reject) => {
    end = (failure) => {
      if (failure) reject(failure)
      else resolve()
    }
  })
  held.catch(() => undefined)
  const create = gpu.device.createComputePipelineAsync.bind(gpu.device)
  vi.spyOn(gpu.device, 'createComputePipelineAsync').mockImplementation(async (descriptor) => {
    const pipeline = await create(descriptor)
    if (descriptor.label?.includes('confusion') !== true) return pipeline
    await held
    happened.push('evaluation compiled')
    return pipeline
  })
})
afterEach(() => {
  vi.restoreAllMocks()
})

describe('a training with a validation set', () => {
  it('does steps before its evaluation is compiled, and waits for it after the epoch', async () => {
    const run = await fit(gpu, model, examples, {
      ...options,
      validation: examples,
      onReport() {
        events.push('report')
        end()
      },
    })
    run.dispose()
    expect(events[0]).toBe('report')
    expect(events).toContain('evaluation compiled')
    expect(run.history.map(({ validation }) => validation?.accuracy)).not.toContain(undefined)
  })

  it('ends with the error of an evaluation that does not compile, and leaves nothing', async () => {
    using spy = spyOn(gpu.device)
    const onReport = (): void => {
      end(new Error('too much for it'))
    }
    await expect(fit(gpu, model, examples, { ...options, validation: examples, onReport })).rejects.toThrow(
      ShaderError,
    )
    expect(spy.livingBuffers()).toEqual([])
  })

  it('leaves nothing where it ends before that', async () => {
    using spy = spyOn(gpu.device)
    const failure = new Error('the listener’s own')
    const onReport = (): void => {
      throw failure
    }
    await expect(fit(gpu, model, examples, { ...options, validation: examples, onReport })).rejects.toBe(
      failure,
    )
    end()
    await vi.waitFor(() => {
      expect(events).toContain('evaluation compiled')
    })
    await gpu.wait(gpu.device.queue.onSubmittedWorkDone())
    expect(spy.livingBuffers()).toEqual([])
  })
})

describe('warmUp', () => {
  it('waits for the kernels of a step; those of the evaluation go on compiling', async () => {
    await warmUp(gpu, model, examples, options)
    expect(events).toEqual([])
    end()
    using spy = spyOn(gpu.device)
    const run = await fit(gpu, model, examples, { ...options, validation: examples })
    run.dispose()
    expect(spy.counts.createComputePipelineAsync).toBe(0)
    expect(events).toEqual(['evaluation compiled'])
  })
})
