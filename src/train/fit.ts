/**
 * Training: the loop that submits steps, many at a time, and reads back nothing but the metrics of each report
 * interval, one interval behind the queue so that the device never waits for it.
 */
import type { Dataset } from '../data/dataset.ts'
import { split } from '../data/split.ts'
import { OptionError, TrainingError } from '../errors.ts'
import type { Gpu } from '../gpu/device.ts'
import { formatPlan, variantsIn } from '../graph/plan.ts'
import type { VariantNames } from '../graph/value.ts'
import type { Step } from '../gpu/step.ts'
import { readSafetensors } from '../io/safetensors.ts'
import type { Sequential } from '../nn/model.ts'
import type { Optimizer } from '../nn/optimizers.ts'
import { createRandom } from '../random.ts'
import { type Evaluator, checkFit, createEvaluator, hasClasses } from './evaluate.ts'
import { type LossName, isLossName, optionsFor } from './graphs.ts'
import { Memory } from './memory.ts'
import { Pace } from './pace.ts'
import { type Trainer, createTrainer } from './trainer.ts'
import type { EpochReport, Metrics, Run, StepReport } from './types.ts'
import { Weights, initialValues, valuesFor } from './weights.ts'

export interface FitOptions {
  readonly loss: LossName
  readonly optimizer: Optimizer
  /** Examples of a step; the last step of an epoch takes what is left. Default 128. */
  readonly batchSize?: number
  /** Default 5. */
  readonly epochs?: number
  /** A dataset, or the share of the training set to keep back (chosen by the seed), evaluated after each epoch. */
  readonly validation?: Dataset | number
  /** Fixes initial weights, split and shuffles. Default 1. */
  readonly seed?: number
  /** Bytes of a weights file to begin from, instead of the seed's initial weights. */
  readonly weights?: Uint8Array
  /** Ends the run early; `fit` then resolves with the weights after the last step submitted. */
  readonly signal?: AbortSignal
  /** Told about every 0.2 s, one interval behind the device. */
  readonly onReport?: (report: StepReport) => void
  /** Told after each epoch. */
  readonly onEpoch?: (report: EpochReport) => void
  /** Told the plan of a training step as a table, and which variants run: as `variants`, they give the same bits. */
  readonly onPlan?: (plan: string, variants: VariantNames) => void
  /** False runs every op as a dispatch of its own: slower, for debugging. Default true. */
  readonly fuse?: boolean
  /**
   * Kernels to use, by the name of an op (`{ matmul: 'matmul_tile' }`) or of a dispatch, as `onPlan` names it.
   * Default: by `choices`, else by the class of the adapter.
   */
  readonly variants?: VariantNames
  /** The choices of `tune`, for the dispatches that it has timed. Default none. */
  readonly choices?: VariantNames
}

/**
 * Trains a model on a dataset. The same seed on the same adapter with the same variants gives the same bits.
 *
 * @throws OptionError where an option is out of range, or a variant unknown or beyond the device
 * @throws ShapeError where dataset and model do not fit
 * @throws TrainingError where the loss is no longer finite; the message names the step and the likely cause
 * @throws DeviceError where the device fails
 * @example
 * const run = await fit(gpu, model, mnist.train, { loss: 'softmaxCrossEntropy', optimizer: adam(), epochs: 5 })
 */
export async function fit(gpu: Gpu, model: Sequential, dataset: Dataset, options: FitOptions): Promise<Run> {
  const { loss, optimizer, epochs = 5, seed = 1, fuse = true, variants = {}, choices = {} } = options
  const settings = { ...options, batchSize: options.batchSize ?? 128, epochs, seed }
  checkSettings(settings)
  checkFit(model.inputShape, model.outputShape, dataset)
  const { train, validation } = divide(dataset, settings)
  const values =
    options.weights === undefined
      ? initialValues(model, seed)
      : valuesFor(model, readSafetensors(options.weights).tensors)

  const graph = { ...optionsFor(gpu), fuse, variants, choices }
  const weights = new Weights(gpu, model, loss, values)
  const memory = new Memory(gpu)
  try {
    const batchSize = Math.min(settings.batchSize, train.count)
    const trainer = memory.own(
      await createTrainer(gpu, { weights, dataset: train, optimizer, batchSize, graph }),
    )
    const evaluator = validation && memory.own(await createEvaluator(weights, validation, graph))
    options.onPlan?.(formatPlan(trainer.plan), variantsIn(trainer.plan))
    const loop = new Loop(gpu, trainer, train, { ...settings, batchSize })
    await loop.run(evaluator)
    return Object.assign(weights, loop.record())
  } catch (error) {
    weights.dispose()
    throw error
  } finally {
    memory.dispose()
  }
}

/** Options with the defaults filled in. */
type Settings = FitOptions & Required<Pick<FitOptions, 'batchSize' | 'epochs' | 'seed'>>

/** An interval whose steps are submitted and whose metrics are on their way. */
interface Interval {
  readonly epoch: number
  readonly steps: readonly Step[]
  readonly metrics: Promise<Float32Array>
}

/** The state of one run on the host. */
class Loop {
  readonly #gpu: Gpu
  readonly #trainer: Trainer
  readonly #count: number
  readonly #hasClasses: boolean
  readonly #settings: Settings
  readonly #stepsPerEpoch: number
  readonly #pace = new Pace()
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
    const steps = Array.from({ length }, (_, slot) => this.#step(first + slot, slot))
    for (let at = 0; at < length; at += this.#pace.stepsPerSubmit) {
      this.#trainer.submit(steps.slice(at, at + this.#pace.stepsPerSubmit))
    }
    const metrics = this.#trainer.readMetrics(length)
    // It is awaited an interval later; until then a rejection is not unhandled.
    metrics.catch(() => undefined)
    this.#underWay.push({ epoch, steps, metrics })
  }

  #step(inEpoch: number, slot: number): Step {
    const begin = inEpoch * this.#settings.batchSize
    const t = ++this.#submitted
    return {
      begin,
      count: Math.min(this.#settings.batchSize, this.#count - begin),
      slot,
      ...this.#settings.optimizer.stepSize(this.#learningRate(t - 1), t),
    }
  }

  #learningRate(step: number): number {
    const { learningRate } = this.#settings.optimizer
    if (typeof learningRate === 'number') return learningRate
    return learningRate({ step, totalSteps: this.#settings.epochs * this.#stepsPerEpoch })
  }

  /** Takes in the oldest interval under way: waits until the device has done it. */
  async #arrive(): Promise<void> {
    const interval = this.#underWay.shift()
    if (interval === undefined) return
    const metrics = await this.#gpu.wait(interval.metrics)
    const now = performance.now()
    const seconds = (now - this.#lastArrival) / 1000
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

interface Sums {
  readonly loss: number
  readonly right: number
  readonly examples: number
}

function divide(
  dataset: Dataset,
  { validation, seed }: Settings,
): { train: Dataset; validation: Dataset | undefined } {
  return typeof validation === 'number'
    ? split(dataset, { fraction: validation, seed })
    : { train: dataset, validation }
}

function checkSettings({ loss, batchSize, epochs, seed }: Settings): void {
  if (!isLossName(loss)) {
    throw new OptionError(
      `fit: loss is ${JSON.stringify(loss)}; it must be 'softmaxCrossEntropy' or 'meanSquaredError'`,
    )
  }
  checkCount('batchSize', batchSize)
  checkCount('epochs', epochs)
  if (!Number.isSafeInteger(seed)) throw new OptionError(`fit: seed is ${seed}; it must be a whole number`)
}

function checkCount(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new OptionError(`fit: ${name} is ${value}; it must be a whole number from 1 up`)
  }
}
