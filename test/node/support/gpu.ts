/** The device of a test file: opened once, checked after each test, freed at the end. */
import { afterAll, afterEach } from 'vitest'
import type { Gpu } from '../../../src/gpu/device.ts'
import { openDevice } from '../../../src/node/openDevice.ts'

/**
 * Call it at the top level of a test file: `const gpu = await openTestDevice()`. A test fails where the device raised
 * an error during it that the test did not check for.
 */
export async function openTestDevice(): Promise<Gpu> {
  const gpu = await openDevice({ onNotice: () => undefined })
  afterEach(() => gpu.wait(gpu.device.queue.onSubmittedWorkDone()))
  afterAll(() => {
    gpu.dispose()
  })
  return gpu
}
