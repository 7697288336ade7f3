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
import type { Settings } from './options.ts'
import { Pace } from './pace.ts'
import type { Trainer } from './trainer.ts'
import type { EpochReport, Metrics, Run, StepReport } from './types.ts'

/** The state of one run on the host. */
export class Loop {
  readonly #gpu: Gpu
  readonly #trainer: Trainer
  readonly #count: number
  readonly #hasClasses: boolean
  readonly #settings: Settings
  readonly #stepsPerEpoch: number
  readonly #pace: Pace
  readonly #history: EpochReport[] = []
  readonly #losses: number[] = []
  readonly #underWay: Interval[] = []
  #submitted = 0
  #trainingSeconds = 0
  #lastArrival = 0
  #epochSums = { loss: 0, right: 0, examples: 0 }

  constructor(gpu: Gpu, trainer: Trainer, train: Dataset, settings: Settings) {
    this.#gpu = gpu
    this.#trainer = trainer
    this.#pace = new Pace(gpu, trainer.maxStepsPerReport)
    this.#count = train.count
    this.#hasClasses = hasClasses(settings.loss, train)
    this.#settings = settings
    this.#stepsPerEpoch = Math.ceil(train.count / settings.batchSize)
  }

  async run(evaluator: Evaluator | undefined): Promise<void> {
    for (let epoch = 1; epoch <= this.#settings.epochs && !this.#isAborted(); epoch++) {
      this.#epochSums = { loss: 0, right: 0, examples: 0 }
      const secondsBefore = this.#trainingSeconds
      await this.#runEpoch(epoch)
      if (this.#isAborted() && this.#epochSums.examples < this.#count) break
      const seconds = this.#trainingSeconds - secondsBefore
      const validation = await evaluator?.run()
      const report: EpochReport = {
        epoch,
        epochs: this.#settings.epochs,
        ...this.#metrics(this.#epochSums),
        ...(validation && { validation: { loss: validation.loss, accuracy: validation.accuracy } }),
        seconds,
        samplesPerSecond: this.#count / seconds,
        learningRate: this.#learningRate(this.#submitted - 1),
      }
      this.#history.push(report)
      this.#settings.onEpoch?.(report)
    }
  }

  record(): Pick<Run, 'history' | 'losses' | 'stopped' | 'samplesPerSecond'> {
    const steps = this.#losses.length
    const epochs = Math.floor(steps / this.#stepsPerEpoch)
    const samples = epochs * this.#count + (steps - epochs * this.#stepsPerEpoch) * this.#settings.batchSize
    return {
      history: this.#history,
      losses: Float32Array.from(this.#losses),
      stopped: steps < this.#settings.epochs * this.#stepsPerEpoch,
      // A run that was aborted before its first step has no time to divide by.
      samplesPerSecond: steps === 0 ? 0 : samples / this.#trainingSeconds,
    }
  }

  async #runEpoch(epoch: number): Promise<void> {
    const { seed } = this.#settings
    this.#trainer.setPermutation(createRandom(seed, `shuffle/${epoch}`).permutation(this.#count))
    this.#lastArrival = performance.now()
    for (let first = 0; first < this.#stepsPerEpoch && !this.#isAborted();) {
      const length = Math.min(this.#pace.stepsPerReport, this.#stepsPerEpoch - first)
      this.#submit(epoch, first, length)
      first += length
      if (this.#underWay.length > 1) await this.#arrive()
    }
    while (this.#underWay.length > 0) await this.#arrive()
  }

  #submit(epoch: number, first: number, length: number): void {
    const steps = Array.from({ length }, (_, row) => this.#step(first + row, row))
    for (let at = 0; at < length; at += this.#pace.stepsPerSubmit) {
      this.#trainer.submit(steps.slice(at, at + this.#pace.stepsPerSubmit))
    }
    const metrics = this.#trainer.readMetrics(length)
    // It is awaited an interval later; until then a rejection is not unhandled.
    metrics.catch(() => undefined)
    this.#underWay.push({ epoch, steps, metrics })
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
    const metrics = await this.#gpu.wait(interval.metrics)
    const now = performance.now()
    // A browser's clock may be too coarse to see an interval.
    const seconds = Math.max(now - this.#lastArrival, 1e-3) / 1000
    this.#lastArrival = now
    this.#trainingSeconds += seconds
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
    this.#losses.push(...losses)
    this.#epochSums.loss += sums.loss
    this.#epochSums.right += sums.right
    this.#epochSums.examples += sums.examples
    this.#settings.onReport?.(this.#report(interval.epoch, losses, sums, seconds))
  }

  #report(epoch: number, losses: Float32Array, sums: Sums, seconds: number): StepReport {
    const step = this.#losses.length
    const totalSteps = this.#settings.epochs * this.#stepsPerEpoch
    return {
      step,
      totalSteps,
      epoch,
      epochs: this.#settings.epochs,
      ...this.#metrics(sums),
      losses,
      samplesPerSecond: sums.examples / seconds,
      secondsLeft: (this.#trainingSeconds / step) * (totalSteps - step),
    }
  }

  #metrics({ loss, right, examples }: Sums): Metrics {
    return { loss: loss / examples, accuracy: this.#hasClasses ? right / examples : null }
  }

  #checkFinite(losses: Float32Array, epoch: number): void {
    const at = losses.findIndex((loss) => !Number.isFinite(loss))
    if (at < 0) return
    const step = this.#losses.length + at + 1
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

/** An interval whose steps are submitted and whose metrics are on their way. */
interface Interval {
  readonly epoch: number
  readonly steps: readonly Step[]
  readonly metrics: Promise<Float64Array>
}

interface Sums {
  readonly loss: number
  readonly right: number
  readonly examples: number
}
