/** A device that is lost is told as such by whatever was waiting for it, and a training goes on without it. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { DeviceError, DeviceLostError } from '../../src/errors.ts'
import { bufferUsage, mapModeRead } from '../../src/gpu/device.ts'
import type { Gpu } from '../../src/gpu/device.ts'
import { openDevice } from '../../src/node/openDevice.ts'
import { evaluate } from '../../src/train/evaluate.ts'
import { fit } from '../../src/train/fit.ts'
import { predict } from '../../src/train/predict.ts'
import type { Run, StepReport, Training } from '../../src/train/types.ts'
import { examples, model, options, outcomeOf, stepsPerEpoch } from './support/training.ts'

async function open(): Promise<Gpu> {
  const gpu = await openDevice({ onNotice: () => undefined })
  onTestFinished(() => {
    gpu.dispose()
  })
  return gpu
}

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'no error',
    (error: unknown) => error,
  )
}

describe('a device that other code destroys', () => {
  it('is told as lost by check and wait, from then on', async () => {
    const gpu = await open()
    gpu.device.destroy()
    await gpu.device.lost
    for (let call = 0; call < 2; call++) {
      expect(() => {
        gpu.check()
      }).toThrow(DeviceLostError)
      expect(await errorOf(gpu.wait(Promise.resolve()))).toBeInstanceOf(DeviceLostError)
    }
    expect(DeviceLostError.prototype).toBeInstanceOf(DeviceError)
    expect(gpu.memory()).toEqual({ bytes: 0, buffers: 0 })
  })

  it('is told by a map that it aborts, also where the runtime tells the loss only later', async () => {
    const gpu = await open()
    const told = gpu.device.lost
    const late = told.then(async (info) => {
      await new Promise((resolve) => setTimeout(resolve, 50))
      return info
    })
    Object.defineProperty(gpu.device, 'lost', { value: late })
    const wrapped = await openDevice({ device: gpu.device })
    const staging = gpu.device.createBuffer({ size: 4, usage: bufferUsage.mapRead | bufferUsage.copyDst })
    const mapped = errorOf(wrapped.wait(staging.mapAsync(mapModeRead)))
    gpu.device.destroy()
    expect(await mapped).toBeInstanceOf(DeviceLostError)
  })

  it('is told as disposed of, where that was our own dispose', async () => {
    const gpu = await open()
    const staging = gpu.device.createBuffer({ size: 4, usage: bufferUsage.mapRead | bufferUsage.copyDst })
    const mapped = errorOf(gpu.wait(staging.mapAsync(mapModeRead)))
    gpu.dispose()
    const error = await mapped
    expect(error).toEqual(new DeviceError('the device was disposed of; open a new one'))
    expect(error).not.toBeInstanceOf(DeviceLostError)
  })

  it('rejects an abort that is not its own as it came, soon', async () => {
    const gpu = await open()
    const abort = new DOMException('mine', 'AbortError')
    expect(await errorOf(gpu.wait(Promise.reject(abort)))).toBe(abort)
  })

  it('rejects every promise of a trained model, and of a training without reopen', async () => {
    const gpu = await open()
    using run = await fit(gpu, model, examples, options)
    let training: Training | undefined
    const pending = [
      run.weights(),
      run.checkpoint(),
      predict(run, examples.features),
      evaluate(run, examples),
      fit(gpu, model, examples, {
        ...options,
        epochs: 1000,
        onStart: (started) => (training = started),
        onReport: () => {
          gpu.device.destroy()
        },
      }),
    ].map(errorOf)
    // Asked before the loss, and after it.
    await pending[4]
    pending.push(errorOf(training!.weights()), errorOf(predict(training!, examples.features)))
    pending.push(errorOf(fit(gpu, model, examples, options)))
    const errors = await Promise.all(pending)
    for (const error of errors.slice(4)) expect(error).toBeInstanceOf(DeviceLostError)
    for (const error of errors) expect(error === 'no error' || error instanceof DeviceLostError).toBe(true)
  })

  it('rejects what is under way at that moment', async () => {
    const gpu = await open()
    using run = await fit(gpu, model, examples, options)
    const pending = [
      run.weights(),
      run.checkpoint(),
      predict(run, examples.features),
      evaluate(run, examples),
    ].map(errorOf)
    gpu.device.destroy()
    for (const error of await Promise.all(pending)) expect(error).toBeInstanceOf(DeviceLostError)
  })
})

describe('with reopen', () => {
  const settings = { ...options, epochs: 12, validation: 0.2 }
  const steps = 12 * 20

  interface Recovered {
    readonly run: Run
    readonly reports: StepReport[]
    readonly started: Gpu[]
    readonly opened: Gpu[]
  }

  /** @param loseAt told each report, destroys the device where it says so; on the first device only */
  async function recover(
    loseAt: (report: StepReport) => boolean,
    changes: Partial<typeof options> = {},
  ): Promise<Recovered> {
    const first = await open()
    const [reports, started, opened]: [StepReport[], Gpu[], Gpu[]] = [[], [], []]
    const run = await fit(first, model, examples, {
      ...settings,
      onStart: ({ gpu }) => void started.push(gpu),
      onReport: (report) => {
        reports.push(report)
        if (started.length === 1 && loseAt(report)) first.device.destroy()
      },
      reopen: async () => {
        const gpu = await open()
        opened.push(gpu)
        return gpu
      },
      ...changes,
    })
    expect(first.memory()).toEqual({ bytes: 0, buffers: 0 })
    return { run, reports, started: [first, ...started.slice(1)], opened }
  }

  async function expected(): Promise<Awaited<ReturnType<typeof outcomeOf>>> {
    return outcomeOf(await fit(await open(), model, examples, settings))
  }

  it('a training goes on from its last checkpoint, with the bits of one without interruption', async () => {
    const { run, reports, started, opened } = await recover(({ step }) => step > steps / 2, {
      checkpoint: { seconds: 0 },
    })
    expect(opened.length).toBe(1)
    expect(started[1]).toBe(opened[0])
    expect(run.gpu).toBe(opened[0])
    // The step at which the second device began.
    const begins = reports.map(({ step, losses }) => step - losses.length)
    const again = begins.find((begin, i) => begin < (reports[i - 1]?.step ?? 0)) ?? begins.at(-1)
    expect(again).toBeGreaterThan(0)
    expect(reports.at(-1)?.step).toBe(steps)
    expect(await outcomeOf(run)).toEqual(await expected())
  })

  it('it begins again where there is no checkpoint yet', async () => {
    const { run, reports } = await recover(({ step }) => step > steps / 2)
    expect(reports.filter(({ step, losses }) => step === losses.length).length).toBe(2)
    expect(await outcomeOf(run)).toEqual(await expected())
  })

  it('it begins again from the checkpoint that it went on from', async () => {
    const begun = await fit(await open(), model, examples, { ...settings, epochs: 2 })
    const resume = await begun.checkpoint()
    const { run, reports } = await recover(() => true, { resume })
    expect(Math.min(...reports.map(({ step, losses }) => step - losses.length))).toBe(40)
    const { losses, weights } = await outcomeOf(run)
    const { history, ...rest } = await expected()
    expect(history.length).toBe(12)
    expect({ losses, weights }).toEqual(rest)
  })

  it('a loss during a compilation is recovered from', async () => {
    const first = await open()
    const training = fit(first, model, examples, { ...settings, reopen: open })
    first.device.destroy()
    expect(await outcomeOf(await training)).toEqual(await expected())
  })

  it('a loss during an evaluation is recovered from', async () => {
    // After the last report of an epoch comes its evaluation.
    const { run, opened } = await recover(({ step }) => step === 20)
    expect(opened.length).toBe(1)
    expect(await outcomeOf(run)).toEqual(await expected())
  })

  it('a training is given up where the device is lost again before a step', async () => {
    let opened = 0
    const reopen = async (): Promise<Gpu> => {
      opened++
      const gpu = await open()
      gpu.device.destroy()
      return gpu
    }
    const first = await open()
    const training = fit(first, model, examples, {
      ...settings,
      reopen,
      onReport: () => {
        first.device.destroy()
      },
    })
    expect(await errorOf(training)).toBeInstanceOf(DeviceLostError)
    expect(opened).toBe(1)
  })

  it('each loss after a step is recovered from', async () => {
    let [gpu, lost] = [await open(), 0]
    const run = await fit(gpu, model, examples, {
      ...settings,
      reopen: async () => (gpu = await open()),
      onReport: () => {
        if (lost++ < 3) gpu.device.destroy()
      },
    })
    expect(lost).toBeGreaterThan(3)
    expect(await outcomeOf(run)).toEqual(await expected())
  })

  it('the error of a reopen that fails is told', async () => {
    const failure = new DeviceError('no adapter')
    const first = await open()
    const reopen = (): Promise<Gpu> => Promise.reject(failure)
    const onReport = (): void => {
      first.device.destroy()
    }
    expect(await errorOf(fit(first, model, examples, { ...settings, reopen, onReport }))).toBe(failure)
  })

  it('another error than a loss is not recovered from', async () => {
    const failure = new Error('the listener’s own')
    const onReport = (): never => {
      throw failure
    }
    expect(await errorOf(fit(await open(), model, examples, { ...settings, reopen: open, onReport }))).toBe(
      failure,
    )
  })

  it('a signal that has come ends the run on the new device, at its last checkpoint', async () => {
    const stop = new AbortController()
    const { run } = await recover(
      ({ step }) => {
        if (step > stepsPerEpoch) stop.abort()
        return step > stepsPerEpoch
      },
      { signal: stop.signal, checkpoint: { seconds: 0 } },
    )
    expect(run.stopped).toBe(true)
    expect((await run.weights()).length).toBeGreaterThan(0)
    run.dispose()
  })
})
