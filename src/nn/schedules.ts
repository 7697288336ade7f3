/** Learning rates that change over a run. */
import { OptionError } from '../errors.ts'

export interface Progress {
  /** Step about to be done, from 0. */
  readonly step: number
  /** Steps of the whole run. */
  readonly totalSteps: number
}

/** The learning rate of a step. */
export type Schedule = (progress: Progress) => number

/** Settings of `cosineDecay`. */
export interface CosineDecayOptions {
  /** The highest rate. */
  readonly peak: number
  /** The rate of the last step. Default 0. */
  readonly end?: number
  /** Share of the steps in which the rate rises linearly to the peak. Default 0. */
  readonly warmup?: number
}

/**
 * A rate that rises to a peak and falls along half a cosine: Loshchilov & Hutter 2017 (SGDR), equation 5, one period.
 *
 * @throws OptionError where peak is not positive, end not in [0, peak], or warmup not in [0, 1)
 * @example
 * const schedule = cosineDecay({ peak: 1e-2, warmup: 0.1 })
 * schedule({ step: 10, totalSteps: 100 }) // 0.01
 * const optimizer = adam({ learningRate: schedule })
 */
export function cosineDecay({ peak, end = 0, warmup = 0 }: CosineDecayOptions): Schedule {
  if (!(peak > 0 && Number.isFinite(peak)))
    throw new OptionError(`cosineDecay: peak is ${peak}; it must be finite and above 0`)
  if (!(end >= 0 && end <= peak))
    throw new OptionError(`cosineDecay: end is ${end}; it must be from 0 to the peak, ${peak}`)
  if (!(warmup >= 0 && warmup < 1))
    throw new OptionError(`cosineDecay: warmup is ${warmup}; it must be from 0 to below 1`)
  return ({ step, totalSteps }) => {
    const rising = Math.floor(warmup * totalSteps)
    if (step < rising) return (peak * (step + 1)) / (rising + 1)
    const done = (step - rising) / Math.max(1, totalSteps - 1 - rising)
    return end + ((peak - end) * (1 + Math.cos(Math.PI * Math.min(1, done)))) / 2
  }
}
