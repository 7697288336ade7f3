/** Going on after the loss of a device, on another. */
import { DeviceLostError } from '../errors.ts'
import type { Gpu } from '../gpu/device.ts'

/**
 * Does the work on a device, and again on the next where it is lost.
 *
 * @param reopen opens the next device; without it a loss is the end
 * @param work calls `progressed` when it has got further: lost twice without that, it is given up
 * @throws DeviceLostError where it is given up; otherwise what `work` and `reopen` throw
 */
export async function recovering<T>(
  gpu: Gpu,
  reopen: (() => Promise<Gpu>) | undefined,
  work: (gpu: Gpu, progressed: () => void) => Promise<T>,
): Promise<T> {
  let mayFail = true
  for (let device = gpu; ; mayFail = false) {
    try {
      return await work(device, () => (mayFail = true))
    } catch (error) {
      if (!(error instanceof DeviceLostError) || reopen === undefined || !mayFail) throw error
      device = await reopen()
    }
  }
}
