/** What a page has and Node 20 lacks: the peers look for `navigator.gpu` and the constants of WebGPU. */
import { loadDawn } from '../../dist/node/dawn.js'
import { withSoftwareAdapter } from '../../dist/node/softwareAdapter.js'

/** @param {string} adapter the name of the adapter that Dawn is to give, as `openDevice` tells it */
export async function provideWebGpu(adapter) {
  const dawn = await loadDawn()
  const { globals } = await import('webgpu')
  const hasDriver = process.env.VK_DRIVER_FILES !== undefined || !/SwiftShader/.test(adapter)
  const scope = hasDriver ? (look) => look() : withSoftwareAdapter
  const requestAdapter = (descriptor) =>
    scope(() => dawn.create([`adapter=${adapter}`]).requestAdapter(descriptor))
  const navigator = { userAgent: 'Node.js', gpu: { requestAdapter } }
  Object.assign(globalThis, globals)
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true })
}
