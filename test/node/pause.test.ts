/** A training under way: it can be looked at, asked and paused, and none of that changes what it learns. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { evaluate } from '../../src/train/evaluate.ts'
import { fit } from '../../src/train/fit.ts'
import { predict } from '../../src/train/predict.ts'
import type { StepReport, Training } from '../../src/train/types.ts'
import { loadModel } from '../../src/train/weights.ts'
import { openTestDevice } from './support/gpu.ts'
import { spyOn } from './support/spy.ts'
import { examples, model, options, outcomeOf } from './support/training.ts'

const gpu = await openTestDevice()

describe('onStart', () => {
  it('is told once, before the first step, what a step is', async () => {
    const told: Training[] = []
    const reports: number[] = []
    using run = await fit(gpu, model, examples, {
      ...options,
      onStart: (training) => void told.push(training),
      onReport: () => void reports.push(told.length),
    })
    expect(new Set(reports)).toEqual(new Set([1]))
    const [training] = told
    expect(told.length).toBe(1)
    expect(training).toMatchObject({ gpu, model, loss: 'softmaxCrossEntropy', parameters: run.parameters })
    expect(training!.dispatches.length).toBe(4)
    const lines = training!.plan.split('\n')
    training!.dispatches.forEach(({ name, shape, workgroups, bytes, flops }, i) => {
      expect(lines[i + 1]!.startsWith(name)).toBe(true)
      expect(lines[i + 1]).toContain(`[${shape.join(', ')}]`)
      expect(lines[i + 1]).toContain(workgroups.join('×'))
      expect([bytes > 0, flops > 0]).toEqual([true, true])
    })
    expect(Object.keys(training!.variants).length).toBeGreaterThan(0)
  })
})

describe('while a training runs', () => {
  it('predict and evaluate answer from the newest weights, and the training learns the same', async () => {
    const expected = await outcomeOf(await fit(gpu, model, examples, options))
    let training: Training | undefined
    const losses: number[] = []
    const run = await fit(gpu, model, examples, {
      ...options,
      onStart: (started) => (training = started),
      onReport: async () => {
        using copy = loadModel(gpu, await training!.weights())
        expect(await predict(training!, examples.features)).toEqual(await predict(copy, examples.features))
        const evaluation = await evaluate(training!, examples)
        expect(evaluation).toEqual(await evaluate(copy, examples))
        losses.push(evaluation.loss)
      },
    })
    expect(losses.length).toBeGreaterThan(3)
    expect(losses.at(-1)).toBeLessThan(losses[0]!)
    expect(await outcomeOf(run)).toEqual(expected)
  })

  it('others may ask at any time', async () => {
    const expected = await outcomeOf(await fit(gpu, model, examples, { ...options, epochs: 40 }))
    let [asked, isRunning] = [0, true]
    const ask = async (training: Training): Promise<void> => {
      for (; isRunning; asked++) {
        const { outputs } = await predict(training, examples.features)
        expect(outputs.every(Number.isFinite)).toBe(true)
      }
    }
    let asking = Promise.resolve()
    const run = await fit(gpu, model, examples, {
      ...options,
      epochs: 40,
      onStart: (training) => {
        asking = ask(training)
      },
    })
    isRunning = false
    await asking
    expect(asked).toBeGreaterThan(0)
    expect(await outcomeOf(run)).toEqual(expected)
  })
})

describe('a pause', () => {
  const pause = 400
  const long = { ...options, epochs: 20 }
  /** Sleeps, and says for how many seconds: a timer is not as exact as the clock. */
  const takePause = async (): Promise<number> => {
    const begin = performance.now()
    await sleep(pause)
    return (performance.now() - begin) / 1000
  }

  it('stops the submission of steps, and does not count as training time', async () => {
    using spy = spyOn(gpu.device)
    const reports: StepReport[] = []
    const submitted: number[] = []
    let [begin, paused] = [NaN, 0]
    const run = await fit(gpu, model, examples, {
      ...long,
      onStart: () => (begin = performance.now()),
      onReport: async (report) => {
        reports.push(report)
        // Behind the first report an interval is under way.
        if (reports.length !== 1) return
        submitted.push(spy.counts.submit)
        paused += await takePause()
        submitted.push(spy.counts.submit)
      },
      onEpoch: async ({ epoch }) => {
        if (epoch === 10) paused += await takePause()
      },
    })
    run.dispose()
    const wall = (performance.now() - begin) / 1000 - paused

    expect(submitted[1]).toBe(submitted[0])
    const seconds = reports.reduce((sum, report) => sum + report.seconds, 0)
    // What was under way when the first pause began was done in it.
    expect(seconds).toBeLessThan(wall + reports[1]!.seconds)
    expect(seconds).toBeGreaterThan(wall / 4)
    expect(run.history.reduce((sum, epoch) => sum + epoch.seconds, 0)).toBeCloseTo(seconds, 5)
    for (const report of reports) {
      expect(report.seconds).toBeLessThan(pause / 1000)
      expect(report.samplesPerSecond).toBeGreaterThan(0)
      expect(report.hostSeconds).toBeGreaterThan(0)
    }
    expect(run.samplesPerSecond).toBeCloseTo((20 * 196) / seconds, 3)
  })

  it('ends a training where the signal comes in it, once its promise resolves', async () => {
    const stop = new AbortController()
    const run = await fit(gpu, model, examples, {
      ...long,
      signal: stop.signal,
      onReport: async () => {
        await sleep(10)
        stop.abort()
      },
    })
    run.dispose()
    expect(run.stopped).toBe(true)
  })

  it('whose promise rejects ends the training with its error', async () => {
    const failure = new Error('the listener’s own')
    const onReport = (): Promise<void> => Promise.reject(failure)
    await expect(fit(gpu, model, examples, { ...long, onReport })).rejects.toBe(failure)
    await expect(fit(gpu, model, examples, { ...long, onEpoch: onReport })).rejects.toBe(failure)
    expect(gpu.memory()).toEqual({ bytes: 0, buffers: 0 })
  })
})
