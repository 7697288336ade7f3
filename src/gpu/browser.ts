/** The entry of pages, workers and Deno: opens a device through navigator.gpu and says why where there is none. */
import { AdapterError } from '../errors.ts'
import { openAdapter, wrapDevice } from './device.ts'
import type { Gpu, Runtime } from './device.ts'

/** Which device `openDevice` opens. */
export interface OpenDeviceOptions {
  /** A device of your own to work on; it is never destroyed here. */
  readonly device?: GPUDevice
  /** Which GPU where there are two; default: `high-performance`. */
  readonly powerPreference?: GPUPowerPreference
}

/**
 * Opens a device, or wraps your own.
 *
 * @throws AdapterError where there is no WebGPU, no secure context, no adapter or no device; the message says which,
 * and what to do.
 * @example
 * const gpu = await openDevice()
 * console.log(gpu.adapter.name)
 * gpu.dispose()
 */
export async function openDevice(options: OpenDeviceOptions = {}): Promise<Gpu> {
  const { device, powerPreference = 'high-performance' } = options
  if (device !== undefined) return wrapDevice(device, runtime)
  const adapter = await findWebGpu().requestAdapter({ powerPreference })
  if (adapter === null) throw new AdapterError(noAdapter)
  return openAdapter(adapter, runtime)
}

/** A submit of less than a frame, since what the page draws waits for it. */
const runtime: Runtime = { wait: (promise) => promise, submitSeconds: 0.012 }

function findWebGpu(): GPU {
  const { navigator, isSecureContext } = globalThis as Partial<typeof globalThis>
  if (navigator?.gpu !== undefined) return navigator.gpu
  if (isSecureContext === false) throw new AdapterError(insecure)
  throw new AdapterError(isNode() ? noWebGpuInNode : noWebGpu)
}

function isNode(): boolean {
  const { process } = globalThis as { process?: { versions?: { node?: string } } }
  return process?.versions?.node !== undefined
}

const insecure =
  'WebGPU is not available because this page is not a secure context; serve it over https, or from localhost'

const noWebGpu =
  'this browser has no WebGPU; use Chrome or Edge 113, Safari 26, Firefox 141 or a later version of them ' +
  '(on Linux: Chrome with --enable-unsafe-webgpu --enable-features=Vulkan)'

const noWebGpuInNode = "this runtime has no WebGPU of its own; in Node import openDevice from 'wgrad/node'"

const noAdapter =
  'WebGPU is there but gave no adapter: hardware acceleration is off, or the browser blocks this GPU or its driver; ' +
  'turn acceleration on in the settings, update the driver, and see chrome://gpu or about:support for the reason'
