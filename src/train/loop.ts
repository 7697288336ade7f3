/**
 * The loop of a training run on the host: it submits steps, many at a time, and takes in nothing but the metrics of each
 * report interval, one interval behind the queue so that the device never waits for it.
 */
import type { Dataset } from '../data/dataset.ts'
import { OptionError, TrainingError } from '../errors.ts'
import type { Gpu } from '../gpu/device.ts'
import type { Step } from '../gpu/step.ts'
import { createRandom } from '../random.ts'
import { type Evaluator, hasClasses } from './evaluate.ts'
import { type HostState, type Sums, noSums, secondsOf } from './hostState.ts'
import type { Settings } from './options.ts'
import { Pace } from './pace.ts'
import type { Trainer } from './trainer.ts'
import type { EpochReport, Metrics, Run, StepReport } from './types.ts'

/** Takes checkpoints, where no step is under way. */
export interface CheckpointTaker {
  /** @param step steps submitted so far */
  isDue(step: number): boolean
  take(step: number): Promise<void>
}

/** A run on the host, on one device. */
export class Loop {
  readonly #gpu: Gpu
  readonly #trainer: Trainer
  readonly #count: number
  readonly #hasClasses: boolean
  readonly #settings: Settings
  readonly #stepsPerEpoch: number
  readonly #pace: Pace
  readonly #host: HostState
  readonly #underWay: Interval[] = []
  #submitted: number
  #lastDoneAt = -Infinity

  /** @param host where the run stands, which it keeps up to date */
  constructor(gpu: Gpu, trainer: Trainer, train: Dataset, settings: Settings, host: HostState) {
    this.#gpu = gpu
    this.#trainer = trainer
    this.#pace = new Pace(gpu, trainer.maxStepsPerReport)
    this.#count = train.count
    this.#hasClasses = hasClasses(settings.loss, train)
    this.#settings = settings
    this.#stepsPerEpoch = Math.ceil(train.count / settings.batchSize)
    this.#host = host
    this.#submitted = host.losses.length
  }

  async run(evaluator: Evaluator | undefined, checkpoints: CheckpointTaker | undefined): Promise<void> {
    const { history } = this.#host
    while (history.length < this.#settings.epochs && !this.#isAborted()) {
      const epoch = history.length + 1
      await this.#runEpoch(epoch, checkpoints)
      const { seconds, ...sums } = this.#host.epoch
      if (sums.examples < this.#count) break
      const validation = await evaluator?.()
      const report: EpochReport = {
        epoch,
        epochs: this.#settings.epochs,
        ...this.#metrics(sums),
        ...(validation && { validation: { loss: validation.loss, accuracy: validation.accuracy } }),
        seconds,
        samplesPerSecond: this.#count / seconds,
        learningRate: this.#learningRate(this.#submitted - 1),
      }
      history.push(report)
      this.#host.epoch = noSums
      await this.#settings.onEpoch?.(report)
    }
  }

  record(): Pick<Run, 'history' | 'losses' | 'stopped' | 'samplesPerSecond'> {
    const { losses, history } = this.#host
    const steps = losses.length
    const epochs = Math.floor(steps / this.#stepsPerEpoch)
    const samples = epochs * this.#count + (steps - epochs * this.#stepsPerEpoch) * this.#settings.batchSize
    return {
      history,
      losses: Float32Array.from(losses),
      stopped: steps < this.#settings.epochs * this.#stepsPerEpoch,
      // A run that was aborted before its first step has no time to divide by.
      samplesPerSecond: steps === 0 ? 0 : samples / secondsOf(this.#host),
    }
  }

  /** What is left of an epoch; the order of its examples follows from the seed and its number alone. */
  async #runEpoch(epoch: number, checkpoints: CheckpointTaker | undefined): Promise<void> {
    const { seed } = this.#settings
    this.#trainer.setPermutation(createRandom(seed, `shuffle/${epoch}`).permutation(this.#count))
    const end = epoch * this.#stepsPerEpoch
    while (this.#submitted < end && !this.#isAborted()) {
      if (checkpoints?.isDue(this.#submitted) === true) {
        await this.#drain()
        await checkpoints.take(this.#submitted)
      } else {
        this.#submit(epoch, Math.min(this.#pace.stepsPerReport, end - this.#submitted))
        if (this.#underWay.length > 1) await this.#arrive()
      }
    }
    await this.#drain()
  }

  async #drain(): Promise<void> {
    while (this.#underWay.length > 0) await this.#arrive()
  }

  #submit(epoch: number, length: number): void {
    const begin = performance.now()
    const first = this.#submitted - (epoch - 1) * this.#stepsPerEpoch
    const steps = Array.from({ length }, (_, row) => this.#step(first + row, row))
    for (let at = 0; at < length; at += this.#pace.stepsPerSubmit) {
      this.#trainer.submit(steps.slice(at, at + this.#pace.stepsPerSubmit))
    }
    // The time is taken here and not where it is awaited, so that a pause between has no part in it.
    const done = this.#trainer
      .readMetrics(length)
      .then((metrics): Done => ({ metrics, at: performance.now() }))
    // It is awaited an interval later; until then a rejection is not unhandled.
    done.catch(() => undefined)
    this.#underWay.push({ epoch, steps, begin, hostSeconds: (performance.now() - begin) / 1000, done })
  }

  #step(inEpoch: number, metricsRow: number): Step {
    const begin = inEpoch * this.#settings.batchSize
    const t = ++this.#submitted
    return {
      begin,
      count: Math.min(this.#settings.batchSize, this.#count - begin),
      metricsRow,
      ...this.#settings.optimizer.stepSize(this.#learningRate(t - 1), t),
    }
  }

  #learningRate(step: number): number {
    const { learningRate } = this.#settings.optimizer
    if (typeof learningRate === 'number') return learningRate
    const rate = learningRate({ step, totalSteps: this.#settings.epochs * this.#stepsPerEpoch })
    if (!(rate >= 0 && Number.isFinite(rate))) {
      throw new OptionError(
        `fit: the schedule gave ${rate} for step ${step}; a learning rate is a number from 0 up`,
      )
    }
    return rate
  }

  /** Takes in the oldest interval under way: waits until the device has done it. */
  async #arrive(): Promise<void> {
    const interval = this.#underWay.shift()
    if (interval === undefined) return
    // The device began it when it had done the one before, or had been idle until it came.
    const begin = Math.max(this.#lastDoneAt, interval.begin)
    const expectedAt = begin + 1000 * interval.steps.length * this.#pace.stepSeconds
    const left = (expectedAt - performance.now()) / 1000
    const { metrics, at } = await this.#gpu.wait(interval.done, left)
    // A browser's clock may be too coarse to see an interval.
    const seconds = Math.max(at - begin, 1e-3) / 1000
    this.#lastDoneAt = at
    this.#pace.measured(interval.steps.length, seconds)

    const sums = { loss: 0, right: 0, examples: 0 }
    const losses = Float32Array.from(interval.steps, ({ count }, i) => {
      const loss = metrics[2 * i] ?? 0
      sums.loss += loss
      sums.right += metrics[2 * i + 1] ?? 0
      sums.examples += count
      return loss / count
    })
    this.#checkFinite(losses, interval.epoch)
    this.#host.losses.push(...losses)
    const { epoch } = this.#host
    this.#host.epoch = {
      loss: epoch.loss + sums.loss,
      right: epoch.right + sums.right,
      examples: epoch.examples + sums.examples,
      seconds: epoch.seconds + seconds,
    }
    const accuracies = this.#hasClasses
      ? Float32Array.from(interval.steps, ({ count }, i) => (metrics[2 * i + 1] ?? 0) / count)
      : null
    await this.#settings.onReport?.(this.#report(interval, { losses, accuracies }, sums, seconds))
  }

  #report(
    { epoch, hostSeconds }: Interval,
    bySteps: Pick<StepReport, 'losses' | 'accuracies'>,
    sums: Sums,
    seconds: number,
  ): StepReport {
    const step = this.#host.losses.length
    const totalSteps = this.#settings.epochs * this.#stepsPerEpoch
    return {
      step,
      totalSteps,
      epoch,
      epochs: this.#settings.epochs,
      ...this.#metrics(sums),
      ...bySteps,
      seconds,
      hostSeconds,
      samplesPerSecond: sums.examples / seconds,
      secondsLeft: (secondsOf(this.#host) / step) * (totalSteps - step),
    }
  }

  #metrics({ loss, right, examples }: Sums): Metrics {
    return { loss: loss / examples, accuracy: this.#hasClasses ? right / examples : null }
  }

  #checkFinite(losses: Float32Array, epoch: number): void {
    const at = losses.findIndex((loss) => !Number.isFinite(loss))
    if (at < 0) return
    const step = this.#host.losses.length + at + 1
    const cause =
      step === 1
        ? 'no update has been made yet, so the features, targets or initial weights are too large'
        : `the likely cause is a learning rate that is too high (${this.#learningRate(step - 1)}); try a tenth of it`
    throw new TrainingError(`the loss of step ${step} (epoch ${epoch}) is ${losses[at] ?? NaN}; ${cause}`)
  }

  #isAborted(): boolean {
    return this.#settings.signal?.aborted ?? false
  }
}

/** An interval whose steps are submitted and whose metrics are on their way. Times in milliseconds. */
interface Interval {
  readonly epoch: number
  readonly steps: readonly Step[]
  /** When it began to be submitted. */
  readonly begin: number
  readonly hostSeconds: number
  readonly done: Promise<Done>
}

interface Done {
  readonly metrics: Float64Array
  readonly at: number
}
