/** What dispatches take, each timed alone on scratch memory. */
import type { Gpu } from '../gpu/device.ts'
import type { Dispatch } from '../graph/plan.ts'
import { Scratch } from './scratch.ts'
import { createTimestamps } from './timestamps.ts'

/** Seconds of one run of each: on the device's clock where it has one, else on the host's. */
export async function timeDispatches(
  gpu: Gpu,
  dispatches: readonly Dispatch[],
  secondsEach: number,
): Promise<number[]> {
  using timestamps = createTimestamps(gpu, 1)
  const times: number[] = []
  for (const dispatch of dispatches) {
    using scratch = new Scratch(gpu, dispatch)
    const call = await scratch.compile(dispatch)
    // The first run may compile.
    await scratch.time(call, 1)
    const once = await scratch.time(call, 1)
    const runs = Math.max(1, Math.min(mostRuns, Math.round(secondsEach / once)))
    const onHost = await scratch.time(call, runs, timestamps?.writes(0))
    const [onDevice = 0] = (await timestamps?.read(1)) ?? []
    // Some devices have the feature and a clock that stands still.
    const seconds = onDevice > 0 ? onDevice : onHost
    times.push(seconds / runs)
  }
  return times
}

/** Of one submit. */
const mostRuns = 4096
