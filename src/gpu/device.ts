/// <reference lib="esnext.disposable" preserve="true" />
/**
 * A GPUDevice with what the library must know about it. Entry points open one (Node through Dawn, a page through
 * navigator.gpu) or wrap the user's own; everything above takes it as its first argument.
 */
import { AdapterError, DeviceError, DeviceLostError, OutOfMemoryError } from '../errors.ts'
import { type DeviceMemory, forgetBuffers, memoryOf } from './buffer.ts'

/** What is known of the adapter behind a device. */
export interface AdapterDescription {
  /** One line for people: `SwiftShader Device (LLVM 16.0.0)`, `NVIDIA H100`. */
  readonly name: string
  readonly vendor: string
  readonly architecture: string
  /** The driver's own words, with its version where the runtime tells it. */
  readonly driver: string
  /** True where the shaders run on the processor. */
  readonly software: boolean
}

/** A device and what a runtime adds to it. */
export interface Gpu extends Disposable {
  readonly device: GPUDevice
  readonly adapter: AdapterDescription
  /** How long a submit may keep the device busy: in a page, what is drawn waits for it. */
  readonly submitSeconds: number
  /**
   * Waits for a promise of the device at as little cost as the runtime allows, then checks the device.
   *
   * @param expectedSeconds how long it will take, as far as is known: where the runtime must look, it looks seldom before
   * @throws DeviceError and DeviceLostError as `check` does; otherwise the promise's own rejection.
   */
  wait<T>(promise: Promise<T>, expectedSeconds?: number): Promise<T>
  /**
   * Surfaces what the device raised in the background since the last check. Call it where an error may be told.
   * @throws DeviceError with the device's message, which carries the labels of what is at fault, and once for each
   * batch of errors; from then on always, where this was disposed of.
   * @throws DeviceLostError from then on always, where the device is lost or somebody else destroyed it.
   */
  check(): void
  /** What the library holds on this device now. */
  memory(): DeviceMemory
  /** Destroys the device, unless it was the user's own. */
  dispose(): void
}

/** How a runtime differs; `name` is the adapter's where it knows a better one than WebGPU tells. */
export interface Runtime extends Pick<Gpu, 'wait' | 'submitSeconds'> {
  readonly name?: string
}

/** Opens a device on an adapter, with the optional features and the larger limits that the library can use. */
export async function openAdapter(adapter: GPUAdapter, runtime: Runtime): Promise<Gpu> {
  let device: GPUDevice
  try {
    device = await adapter.requestDevice({
      label: 'wgrad',
      requiredFeatures: usefulFeatures.filter((feature) => adapter.features.has(feature)),
      requiredLimits: Object.fromEntries(usefulLimits.map((limit) => [limit, adapter.limits[limit]])),
    })
  } catch (cause) {
    const { name } = describeAdapter(adapter.info, runtime.name)
    throw new AdapterError(`${name}: the adapter gave no device (${String(cause)}); update its driver`, {
      cause,
    })
  }
  return makeGpu(device, describeAdapter(adapter.info, runtime.name), runtime, true)
}

/** Wraps a device of the user's own: its handlers stay as they are and `dispose` leaves it alive. */
export function wrapDevice(device: GPUDevice, runtime: Runtime): Gpu {
  return makeGpu(device, describeAdapter(device.adapterInfo, runtime.name), runtime, false)
}

/** @param info undefined on a device of a runtime that does not tell its adapter yet */
export function describeAdapter(info: GPUAdapterInfo | undefined, name?: string): AdapterDescription {
  const {
    vendor = '',
    architecture = '',
    device = '',
    description = '',
    isFallbackAdapter = false,
  } = info ?? {}
  const words = [vendor, architecture, device, description].join(' ')
  return {
    name: name ?? (description || device || `${vendor} ${architecture}`.trim() || 'unnamed adapter'),
    vendor,
    architecture,
    driver: description,
    software: isFallbackAdapter || /swiftshader|llvmpipe|basic render/i.test(words),
  }
}

/** Asked for where they are there, for variants of kernels and for measuring; none is needed. */
export const usefulFeatures = ['subgroups', 'timestamp-query'] as const

/** Asked for as large as the adapter has them; the library itself fits into WebGPU's defaults. */
export const usefulLimits = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
] as const

/** Usage flags as WebGPU fixes them (§ 5.1.1); not every runtime has the globals. */
export const bufferUsage = {
  mapRead: 0x0001,
  copySrc: 0x0004,
  copyDst: 0x0008,
  uniform: 0x0040,
  storage: 0x0080,
} as const

/** The mode of `mapAsync` for reading (§ 5.3), as WebGPU fixes it. */
export const mapModeRead = 0x0001

function makeGpu(device: GPUDevice, adapter: AdapterDescription, runtime: Runtime, owned: boolean): Gpu {
  const errors = parkErrors(device, owned)
  const dispose = (): void => {
    errors.stop()
    if (!owned) return
    device.destroy()
    forgetBuffers(device)
  }
  return {
    device,
    adapter,
    submitSeconds: runtime.submitSeconds,
    check: errors.check,
    memory: () => memoryOf(device),
    async wait(promise, expectedSeconds) {
      try {
        return await runtime.wait(promise, expectedSeconds)
      } catch (error) {
        if (error instanceof Error && error.name === 'AbortError') await lossOf(device)
        throw error
      } finally {
        // Also where the promise rejects: the parked error is its cause, the rejection only says "aborted".
        errors.check()
      }
    },
    dispose,
    [Symbol.dispose]: dispose,
  }
}

/** What a loss aborts may be told before the loss is. */
async function lossOf({ lost }: GPUDevice): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const bound = new Promise((resolve) => {
    timer = setTimeout(resolve, mostSecondsUntilLoss * 1000)
  })
  await Promise.race([lost, bound])
  clearTimeout(timer)
}

const mostSecondsUntilLoss = 1

interface ErrorPark {
  readonly check: () => void
  readonly stop: () => void
}

/** Keeps the first error that the device raises in the background until someone can be told. */
function parkErrors(device: GPUDevice, owned: boolean): ErrorPark {
  let parked: { readonly error: GPUError; count: number } | undefined
  let end: { readonly error: typeof DeviceError; readonly message: string } | undefined

  const park = (event: GPUUncapturedErrorEvent): void => {
    // A runtime prints what nobody prevents; a user's own device keeps printing as it did.
    if (owned) event.preventDefault()
    parked ??= { error: event.error, count: 0 }
    parked.count++
  }
  device.addEventListener('uncapturederror', park)
  void device.lost.then(({ message }) => {
    forgetBuffers(device)
    const reason = message.trim() || 'no reason given'
    end ??= {
      error: DeviceLostError,
      message: `the device was lost: ${reason}; open a new one and start from the last checkpoint`,
    }
  })

  return {
    check() {
      if (end !== undefined) throw new end.error(end.message, { cause: parked?.error })
      if (parked === undefined) return
      const { error, count } = parked
      parked = undefined
      throw errorOf(error, count)
    },
    stop() {
      end ??= { error: DeviceError, message: 'the device was disposed of; open a new one' }
      device.removeEventListener('uncapturederror', park)
    },
  }
}

function errorOf(error: GPUError, count: number): DeviceError {
  const more = count > 1 ? ` (and ${count - 1} more)` : ''
  const message = `${error.message.trim()}${more}`
  return error.constructor.name === 'GPUOutOfMemoryError'
    ? new OutOfMemoryError(`the device is out of memory: ${message}; use a smaller batch or model`, {
        cause: error,
      })
    : new DeviceError(`the device raised an error in the background: ${message}`, { cause: error })
}
