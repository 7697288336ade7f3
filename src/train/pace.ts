/**
 * How many steps go into a submit and into a report interval: measured, so that a submit takes as long as
 * the runtime wants and a report comes about every 0.2 s, on a processor as on a large GPU. Results do not depend on it.
 */
import type { Gpu } from '../gpu/device.ts'
import { maxStepsPerSubmit } from './trainer.ts'

export class Pace {
  stepsPerSubmit = 4
  stepsPerReport = 4
  /** What a step took in the last interval; 0 before the first. */
  stepSeconds = 0
  readonly #submitSeconds: number
  readonly #maxStepsPerReport: number

  constructor({ submitSeconds }: Gpu, maxStepsPerReport: number) {
    this.#submitSeconds = submitSeconds
    this.#maxStepsPerReport = maxStepsPerReport
  }

  /** Learns from an interval that the device has done. */
  measured(steps: number, seconds: number): void {
    this.stepSeconds = seconds / steps
    // A first interval may hold compilation: grow by what one measurement supports.
    const within = (target: number, most: number, now: number): number =>
      Math.max(1, Math.min(Math.round(target / this.stepSeconds), most, now * 8))
    this.stepsPerSubmit = within(this.#submitSeconds, maxStepsPerSubmit, this.stepsPerSubmit)
    this.stepsPerReport = within(0.2, this.#maxStepsPerReport, this.stepsPerReport)
  }
}
