/** Optimisers: the update of a parameter as an op, and what changes from step to step as two numbers. */
import { OptionError } from '../errors.ts'
import type { Value } from '../graph/value.ts'
import { type Update, adamUpdate, sgdUpdate } from '../ops/updates.ts'
import type { Schedule } from './schedules.ts'

/** How parameters are updated: made by `adam` or `sgd`. */
export interface Optimizer {
  readonly name: string
  /** Settings, for the record of a run. */
  readonly config: Readonly<Record<string, number>>
  readonly learningRate: number | Schedule
  /** Names of the values that it keeps for each parameter, of the parameter's shape; they begin at zero. */
  readonly state: readonly string[]
  /** The op that updates a parameter and its state. */
  update(update: Update, state: readonly Value[]): Value
  /** What the update reads of step t, from 1, in float64. */
  stepSize(learningRate: number, t: number): StepSize
}

export interface StepSize {
  readonly learningRate: number
  readonly epsilon: number
}

/** Settings of `adam`. */
export interface AdamOptions {
  /** Default 1e-3. */
  readonly learningRate?: number | Schedule
  /** Decay of the mean of gradients. Default 0.9. */
  readonly beta1?: number
  /** Decay of the mean of squared gradients. Default 0.999. */
  readonly beta2?: number
  /** Added outside the root. Default 1e-7, as Keras has it. */
  readonly epsilon?: number
}

/**
 * Adam with bias correction (Kingma & Ba 2015, algorithm 1, in the form of the end of section 2: the correction is
 * folded into step size and ε, in float64 on the host).
 *
 * @throws OptionError where a setting is out of range
 * @example
 * adam({ learningRate: cosineDecay({ peak: 1e-2 }) })
 */
export function adam({
  learningRate = 1e-3,
  beta1 = 0.9,
  beta2 = 0.999,
  epsilon = 1e-7,
}: AdamOptions = {}): Optimizer {
  checkRate('adam', learningRate)
  checkShare('adam', 'beta1', beta1)
  checkShare('adam', 'beta2', beta2)
  if (!(epsilon >= 0)) throw new OptionError(`adam: epsilon is ${epsilon}; it must be 0 or more`)
  return {
    name: 'adam',
    config: { beta1, beta2, epsilon },
    learningRate,
    state: ['firstMoment', 'secondMoment'],
    update(update, [firstMoment, secondMoment]) {
      if (firstMoment === undefined || secondMoment === undefined)
        throw new RangeError('adam keeps two moments')
      return adamUpdate(update, { firstMoment, secondMoment }, { beta1, beta2 })
    },
    stepSize(rate, t) {
      const root = Math.sqrt(1 - beta2 ** t)
      return { learningRate: (rate * root) / (1 - beta1 ** t), epsilon: epsilon * root }
    },
  }
}

/** Settings of `sgd`. */
export interface SgdOptions {
  /** A constant, or a schedule. */
  readonly learningRate: number | Schedule
  /** Share of the last step that goes on. Default 0. */
  readonly momentum?: number
}

/**
 * Gradient descent with momentum: v ← momentum · v + gradient, parameter ← parameter − learning rate · v
 * (Sutskever et al. 2013, equations 1 and 2, with the rate outside).
 *
 * @throws OptionError where a setting is out of range
 * @example
 * sgd({ learningRate: 0.1, momentum: 0.9 })
 */
export function sgd({ learningRate, momentum = 0 }: SgdOptions): Optimizer {
  checkRate('sgd', learningRate)
  checkShare('sgd', 'momentum', momentum)
  return {
    name: 'sgd',
    config: { momentum },
    learningRate,
    state: ['velocity'],
    update(update, [velocity]) {
      if (velocity === undefined) throw new RangeError('sgd keeps a velocity')
      return sgdUpdate(update, { velocity }, { momentum })
    },
    stepSize: (rate) => ({ learningRate: rate, epsilon: 0 }),
  }
}

function checkRate(optimizer: string, rate: number | Schedule): void {
  if (typeof rate === 'number' && !(rate > 0 && Number.isFinite(rate))) {
    throw new OptionError(`${optimizer}: learningRate is ${rate}; it must be finite and above 0`)
  }
}

function checkShare(optimizer: string, name: string, value: number): void {
  if (!(value >= 0 && value < 1))
    throw new OptionError(`${optimizer}: ${name} is ${value}; it must be from 0 to below 1`)
}
