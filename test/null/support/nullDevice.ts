/** A device of Dawn's null backend: validates shaders, pipelines and bind groups without a driver, computes nothing. */
import { afterAll, afterEach } from 'vitest'
import { openAdapter } from '../../../src/gpu/device.ts'
import type { Gpu } from '../../../src/gpu/device.ts'
import { loadDawn } from '../../../src/node/dawn.ts'

/** Call it at the top level of a test file; what a test computes on it is not to be read. */
export async function openNullDevice(): Promise<Gpu> {
  const dawn = await loadDawn()
  const adapter = await dawn.create(['backend=null']).requestAdapter()
  if (adapter === null) throw new Error('the null backend gave no adapter')
  const gpu = await openAdapter(adapter, { wait: (promise) => promise, submitSeconds: 0.05, name: 'null' })
  afterEach(() => gpu.wait(gpu.device.queue.onSubmittedWorkDone()))
  afterAll(() => {
    gpu.dispose()
  })
  return gpu
}
