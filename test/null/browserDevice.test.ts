/** Opening a device in a page: Dawn's null backend stands where a browser has navigator.gpu. */
import { afterEach, expect, test, vi } from 'vitest'
import { DeviceError } from '../../src/errors.ts'
import { openDevice } from '../../src/gpu/browser.ts'
import { loadDawn } from '../../src/node/dawn.ts'

const dawn = await loadDawn()

afterEach(() => {
  vi.unstubAllGlobals()
})

test('a device opens, with the optional features that its adapter has', async () => {
  vi.stubGlobal('navigator', { gpu: dawn.create(['backend=null']) })
  using gpu = await openDevice()
  expect(gpu.device.features.has('subgroups')).toBe(true)
  await expect(gpu.wait(gpu.device.queue.onSubmittedWorkDone())).resolves.toBeUndefined()
})

test("the user's own device needs no navigator", async () => {
  const adapter = await dawn.create(['backend=null']).requestAdapter()
  const device = await adapter!.requestDevice()
  vi.stubGlobal('navigator', undefined)
  expect((await openDevice({ device })).device).toBe(device)
  device.destroy()
})

test('no adapter: says where to look', async () => {
  // A backend of another system: it is there by name and finds nothing.
  const backend = process.platform === 'darwin' ? 'd3d12' : 'metal'
  vi.stubGlobal('navigator', { gpu: dawn.create([`backend=${backend}`]) })
  expect(await failure()).toContain('gave no adapter')
})

test('an insecure page: says to use https or localhost', async () => {
  vi.stubGlobal('navigator', {})
  vi.stubGlobal('isSecureContext', false)
  expect(await failure()).toContain('not a secure context; serve it over https, or from localhost')
})

test('Node: points at wgrad/node', async () => {
  vi.stubGlobal('navigator', undefined)
  expect(await failure()).toContain("import openDevice from 'wgrad/node'")
})

test('a browser without WebGPU: names those that have it', async () => {
  vi.stubGlobal('navigator', {})
  vi.stubGlobal('isSecureContext', true)
  const { process } = globalThis
  vi.stubGlobal('process', undefined)
  const failed = openDevice().catch((error: unknown) => error)
  vi.stubGlobal('process', process)
  expect(String(await failed)).toContain('this browser has no WebGPU; use Chrome')
})

async function failure(): Promise<string> {
  const error = await openDevice().catch((cause: unknown) => cause)
  expect(error).toBeInstanceOf(DeviceError)
  return String(error)
}
