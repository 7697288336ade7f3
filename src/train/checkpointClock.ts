/** When a run takes checkpoints, and the latest of them: it is on the host, and outlives a device. */
import type { CheckpointTaker } from './loop.ts'
import type { CheckpointOptions } from './options.ts'

export class CheckpointClock {
  /** Bytes of the newest checkpoint; at first of that to go on from, where there is one. */
  latest: Uint8Array | undefined
  readonly #options: CheckpointOptions

  constructor(options: CheckpointOptions, latest: Uint8Array | undefined) {
    this.#options = options
    this.latest = latest
  }

  /** For a run that stands at this step, which is not saved again. */
  taker(step: number, write: () => Promise<Uint8Array<ArrayBuffer>>): CheckpointTaker {
    const { seconds = 10, save } = this.#options
    let [takenStep, takenAt] = [step, performance.now()]
    return {
      isDue: (now) => now > takenStep && performance.now() - takenAt >= 1000 * seconds,
      take: async (now) => {
        const bytes = await write()
        this.latest = bytes
        // A copy, since what is saved may be changed, or handed to a worker for good.
        await save?.(bytes.slice())
        takenStep = now
        takenAt = performance.now()
      },
    }
  }
}
