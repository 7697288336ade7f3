/** A training that goes on from a checkpoint ends as if nothing had happened, and a checkpoint that does not fit is refused. */
import { describe, expect, it } from 'vitest'
import { OptionError, WeightsError } from '../../src/errors.ts'
import { readSafetensors } from '../../src/io/readSafetensors.ts'
import { type NamedTensor, writeSafetensors } from '../../src/io/safetensors.ts'
import { dense, relu, tanh } from '../../src/nn/layers.ts'
import { sequential } from '../../src/nn/model.ts'
import { adam, sgd } from '../../src/nn/optimizers.ts'
import { type Schedule, cosineDecay } from '../../src/nn/schedules.ts'
import { fit } from '../../src/train/fit.ts'
import type { FitOptions } from '../../src/train/options.ts'
import { predict } from '../../src/train/predict.ts'
import { loadModel } from '../../src/train/weights.ts'
import { huber } from '../support/ownOps.ts'
import { openTestDevice } from './support/gpu.ts'
import { examples, makeExamples, model, options, outcomeOf, stepsPerEpoch } from './support/training.ts'

const gpu = await openTestDevice()

/** A checkpoint after every report. */
async function checkpointsOf(settings: FitOptions): Promise<Uint8Array<ArrayBuffer>[]> {
  const saved: Uint8Array<ArrayBuffer>[] = []
  const save = (bytes: Uint8Array<ArrayBuffer>): void => void saved.push(bytes)
  const { optimizer } = settings
  // A slow schedule makes steps slow, so that few go into an interval.
  const learningRate: Schedule = (progress) => {
    Atomics.wait(sleeper, 0, 0, 20)
    return typeof optimizer.learningRate === 'number'
      ? optimizer.learningRate
      : optimizer.learningRate(progress)
  }
  const slow = { ...settings, optimizer: { ...optimizer, learningRate } }
  const run = await fit(gpu, model, examples, { ...slow, checkpoint: { seconds: 0, save } })
  run.dispose()
  return saved
}

const sleeper = new Int32Array(new SharedArrayBuffer(4))

const stepOf = (checkpoint: Uint8Array): number =>
  readSafetensors(checkpoint).tensors.get('training/losses')!.data.length

describe('a run that goes on from a checkpoint', () => {
  it.each<[string, Partial<FitOptions>]>([
    ['adam', {}],
    [
      'adam, cosine decay, validation',
      { optimizer: adam({ learningRate: cosineDecay({ peak: 0.02 }) }), validation: 0.2 },
    ],
    ['sgd with momentum, another seed', { optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }), seed: 9 }],
    ['sgd alone, unfused', { optimizer: sgd({ learningRate: 0.1 }), fuse: false }],
    ['a loss of one’s own', { loss: huber }],
  ])('has the bits of a run without interruption, wherever the checkpoint lies: %s', async (_, changes) => {
    const settings = { ...options, epochs: 3, ...changes }
    const expected = await outcomeOf(await fit(gpu, model, examples, settings))
    const saved = await checkpointsOf(settings)

    const steps = saved.map(stepOf)
    expect(steps.filter((step) => step % (expected.losses.length / 3) > 0).length).toBeGreaterThan(2)
    for (const resume of saved) {
      const run = await fit(gpu, model, examples, { ...settings, resume })
      expect(await outcomeOf(run), `from step ${stepOf(resume)}`).toEqual(expected)
    }
  })

  it('is not changed by the checkpoints that it takes', async () => {
    const plain = await outcomeOf(await fit(gpu, model, examples, options))
    const checkpoint = { seconds: 0, save: () => Promise.resolve() }
    expect(await outcomeOf(await fit(gpu, model, examples, { ...options, checkpoint }))).toEqual(plain)
  })

  it('tells the steps that are left, and only those', async () => {
    const [resume] = await checkpointsOf(options)
    const begin = stepOf(resume!)
    const told: number[] = []
    const run = await fit(gpu, model, examples, {
      ...options,
      resume: resume!,
      onReport: ({ step, losses }) => void told.push(step - losses.length),
    })
    run.dispose()
    expect(begin).toBeGreaterThan(0)
    expect(told[0]).toBe(begin)
  })
})

describe('the checkpoint of a run that has ended', () => {
  it('takes it one epoch further', async () => {
    const four = await fit(gpu, model, examples, options)
    const resume = await four.checkpoint()
    four.dispose()
    const further = await fit(gpu, model, examples, { ...options, epochs: 5, resume })
    const five = await fit(gpu, model, examples, { ...options, epochs: 5 })

    const { history, ...expected } = await outcomeOf(five)
    const actual = await outcomeOf(further)
    expect(actual).toMatchObject(expected)
    // Those that had ended were told of a run of four epochs.
    expect(actual.history.map((report) => ({ ...report, epochs: 5 }))).toEqual(history)
  })

  it('takes it to its end where a signal stopped it', async () => {
    const stop = new AbortController()
    const stopped = await fit(gpu, model, examples, {
      ...options,
      signal: stop.signal,
      onReport: ({ step }) => {
        if (step > stepsPerEpoch) stop.abort()
      },
    })
    const resume = await stopped.checkpoint()
    stopped.dispose()
    expect(stopped.stopped).toBe(true)

    const expected = await outcomeOf(await fit(gpu, model, examples, options))
    expect(await outcomeOf(await fit(gpu, model, examples, { ...options, resume }))).toEqual(expected)
  })

  it('is a weights file too: it loads, predicts, and is what another training begins from', async () => {
    const run = await fit(gpu, model, examples, options)
    const bytes = await run.checkpoint()
    using loaded = loadModel(gpu, bytes)
    expect(await predict(loaded, examples.features)).toEqual(await predict(run, examples.features))
    expect(await loaded.weights()).toEqual(await run.weights())

    const signal = AbortSignal.abort()
    using fresh = await fit(gpu, model, examples, { ...options, weights: bytes, signal })
    expect(fresh.losses.length).toBe(0)
    expect(await fresh.weights()).toEqual(await run.weights())
    run.dispose()
  })
})

describe('save', () => {
  it('is called every ten seconds where nothing else is said: never in a short run', async () => {
    let saved = 0
    const save = (): void => {
      saved++
    }
    const run = await fit(gpu, model, examples, { ...options, checkpoint: { save } })
    run.dispose()
    expect(saved).toBe(0)
  })

  it('that rejects ends the training with its own error', async () => {
    const full = new Error('the disk is full')
    const save = (): Promise<void> => Promise.reject(full)
    const training = fit(gpu, model, examples, { ...options, checkpoint: { seconds: 0, save } })
    await expect(training).rejects.toBe(full)
  })
})

describe('a checkpoint that does not fit is refused', async () => {
  using run = await fit(gpu, model, examples, options)
  const resume = await run.checkpoint()
  const weights = await run.weights()
  const { tensors, metadata } = readSafetensors(resume)
  const all = [...tensors].map(([name, tensor]): NamedTensor => ({ name, ...tensor }))
  const record = JSON.parse(metadata.checkpoint!) as Record<string, unknown>
  const changed = (changes: Record<string, unknown>, kept = all): Uint8Array =>
    writeSafetensors(kept, { ...metadata, checkpoint: JSON.stringify({ ...record, ...changes }) })

  it.each<[string, Partial<FitOptions>, string]>([
    [
      'another batch size',
      { batchSize: 16 },
      'resume: batchSize was 8 when the checkpoint was made, and is 16; pass the same batchSize',
    ],
    [
      'another seed',
      { seed: 2 },
      'resume: seed was 1 when the checkpoint was made, and is 2; pass the same seed',
    ],
    [
      'another optimiser',
      { optimizer: sgd({ learningRate: 1 }) },
      'resume: optimizer was {"name":"adam","beta1":0.9,"beta2":0.999,"epsilon":1e-7} when the checkpoint was made, and is {"name":"sgd","momentum":0}; pass the same optimizer',
    ],
    [
      'fewer examples',
      { validation: 0.5 },
      'resume: examples was 196 when the checkpoint was made, and is 98; pass the same dataset and validation',
    ],
    [
      'fewer epochs than it has done',
      { epochs: 3 },
      'fit: epochs is 3, which is 75 steps, but the checkpoint to resume from has done 100; ask for more epochs',
    ],
    [
      'weights beside it',
      { weights },
      'fit: resume and weights are both given; a checkpoint has weights of its own, leave weights out',
    ],
    ['no rhythm', { checkpoint: { seconds: NaN } }, 'fit: checkpoint.seconds is NaN; it must be 0 or more'],
  ])('by an option: %s', async (_, changes, message) => {
    await expect(fit(gpu, model, examples, { ...options, resume, ...changes })).rejects.toEqual(
      new OptionError(message),
    )
  })

  it('by the dataset', async () => {
    const failure = fit(gpu, model, makeExamples(300), { ...options, resume })
    await expect(failure).rejects.toThrow('resume: examples was 196 when the checkpoint was made, and is 300')
  })

  it('by the model: other widths, or other activations', async () => {
    const wide = fit(gpu, sequential([5], [dense(9), relu(), dense(3)]), examples, { ...options, resume })
    await expect(wide).rejects.toEqual(
      new WeightsError('weights: "dense_1.weight" is [5, 8], the model wants [5, 9]'),
    )
    const curved = fit(gpu, sequential([5], [dense(8), tanh(), dense(3)]), examples, { ...options, resume })
    await expect(curved).rejects.toThrow(
      /^resume: the checkpoint is of .*"relu".*, the run of .*"tanh".*; pass the model/,
    )
  })

  it('by the loss, which goes by its name', async () => {
    await expect(fit(gpu, model, examples, { ...options, resume, loss: huber })).rejects.toThrow(
      /^resume: the checkpoint is of .*"softmaxCrossEntropy".*, the run of .*"huber".*; pass the model and the loss/,
    )
  })

  it.each<[string, Uint8Array, string]>([
    [
      'a weights file',
      weights,
      'resume: the file has weights but no "checkpoint" entry in its metadata; pass it as weights to begin from them',
    ],
    [
      'no safetensors file',
      new Uint8Array(4),
      'safetensors: 4 bytes, too short for a header length of 8 bytes',
    ],
    ['another version', changed({ version: 2 }), 'resume: the checkpoint has version 2, expected 1'],
    [
      'a lost epoch',
      changed({ history: [] }),
      'resume: the record of the checkpoint is damaged; use another checkpoint',
    ],
    [
      'a report that is none',
      changed({ history: [1, 2, 3, 4] }),
      'resume: the record of the checkpoint is damaged; use another checkpoint',
    ],
    [
      'sums that are none',
      changed({ epoch: null }),
      'resume: the record of the checkpoint is damaged; use another checkpoint',
    ],
    [
      'no losses',
      changed(
        {},
        all.filter(({ name }) => name !== 'training/losses'),
      ),
      'resume: the record of the checkpoint is damaged; use another checkpoint',
    ],
    [
      'no moments',
      changed(
        {},
        all.filter(({ name }) => !name.startsWith('secondMoment')),
      ),
      'weights: the parameter "dense_1.weight" is missing',
    ],
  ])('by its bytes: %s', async (_, bytes, message) => {
    await expect(fit(gpu, model, examples, { ...options, resume: bytes })).rejects.toEqual(
      new WeightsError(message),
    )
  })

  it('before anything is taken on the device', async () => {
    await expect(fit(gpu, model, examples, { ...options, resume, seed: 2 })).rejects.toThrow(OptionError)
    expect(gpu.memory()).toEqual({ bytes: 0, buffers: 0 })
  })
})
