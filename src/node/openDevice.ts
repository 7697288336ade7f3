/** The entry of Node: opens a device through Dawn, on the GPU if there is one and on a software adapter if not. */
import { existsSync, readdirSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import { AdapterError, DeviceError, OptionError } from '../errors.ts'
import { describeAdapter, openAdapter, wrapDevice } from '../gpu/device.ts'
import type { Gpu, Runtime } from '../gpu/device.ts'
import { driverVariables, listAdapters, loadDawn } from './dawn.ts'
import type { Dawn, ListedAdapter } from './dawn.ts'
import { installSoftware, softwareSupported, withSoftwareAdapter } from './softwareAdapter.ts'

/** Which device `openDevice` opens, and how. */
export interface OpenDeviceOptions {
  /** A device of your own to work on; it is never destroyed here. */
  readonly device?: GPUDevice
  /**
   * `gpu`: a real GPU or nothing. `software`: the processor. Any other text: the adapter whose name contains it, in
   * upper or lower case. Default: a real GPU, else a software adapter with a notice.
   */
  readonly adapter?: string
  /** Told in one line that there is no GPU and which software adapter is used; default: to stderr, once. */
  readonly onNotice?: (line: string) => void
}

/**
 * Opens a device, or wraps your own.
 *
 * The drivers are those that the system has, or that `VK_DRIVER_FILES` names. Where there is none (Linux, x64), the
 * software adapter of the package `@sparticuz/chromium` comes in.
 *
 * @throws AdapterError where there is no such adapter, or a package is missing; the message says what adds it.
 * @throws OptionError where `adapter` names one that does not exist; the message lists those that do.
 * @example
 * const gpu = await openDevice()
 * console.log(gpu.adapter.name)
 * gpu.dispose()
 */
export async function openDevice(options: OpenDeviceOptions = {}): Promise<Gpu> {
  const { device, adapter: wanted, onNotice = printOnce } = options
  if (device !== undefined) return wrapDevice(device, runtime)
  const { name, adapter } = await chooseAdapter(await loadDawn(), wanted)
  const gpu = await openAdapter(adapter, { ...runtime, name })
  if (wanted === undefined && gpu.adapter.software) onNotice(`no GPU found, using the processor: ${name}`)
  return gpu
}

async function chooseAdapter(dawn: Dawn, wanted: string | undefined): Promise<ListedAdapter> {
  const native = mayHaveDriver() ? await listAdapters(dawn) : []
  switch (wanted) {
    case undefined:
      return native.find(isGpu) ?? native[0] ?? (await softwareAdapter(dawn))
    case 'gpu': {
      const found = native.find(isGpu)
      if (found === undefined) throw new AdapterError(`no GPU found among ${list(native)}; ${driverHint}`)
      return found
    }
    case 'software':
      return native.find((listed) => !isGpu(listed)) ?? (await softwareAdapter(dawn))
    default:
      return await namedAdapter(dawn, native, wanted)
  }
}

async function namedAdapter(dawn: Dawn, native: ListedAdapter[], wanted: string): Promise<ListedAdapter> {
  const isNamed = ({ name }: ListedAdapter): boolean => name.toLowerCase().includes(wanted.toLowerCase())
  const found = native.find(isNamed)
  if (found !== undefined) return found
  const software = await softwareAdapter(dawn).catch((error: unknown) => {
    if (error instanceof DeviceError) return undefined
    throw error
  })
  if (software !== undefined && isNamed(software)) return software
  const all = software === undefined ? native : [...native, software]
  throw new OptionError(
    `adapter: no adapter is named '${wanted}'; there are ${list(all)}, 'gpu' and 'software'`,
  )
}

async function softwareAdapter(dawn: Dawn): Promise<ListedAdapter> {
  if (!softwareSupported) throw new AdapterError(`no adapter found; ${driverHint}`)
  const [found] = await listAdapters(dawn, withSoftwareAdapter)
  if (found !== undefined) return found
  throw new AdapterError(
    isMainThread
      ? `the software adapter is installed but gives no adapter; unpack it again with: ${installSoftware}`
      : 'the software adapter cannot be chosen from a worker whose environment is a copy; ' +
          'start the worker with { env: SHARE_ENV }',
  )
}

function isGpu({ adapter }: ListedAdapter): boolean {
  return !describeAdapter(adapter.info).software
}

function list(adapters: readonly ListedAdapter[]): string {
  return adapters.length === 0 ? 'no adapters' : adapters.map(({ name }) => `'${name}'`).join(', ')
}

const driverHint =
  process.platform === 'linux'
    ? 'install a Vulkan driver of the GPU (Debian and Ubuntu: apt install mesa-vulkan-drivers)'
    : 'install the current driver of the graphics card'

/**
 * Where a Linux machine has neither a graphics device nor a Vulkan driver, asking Dawn would only make it print
 * warnings about what is missing.
 */
function mayHaveDriver(): boolean {
  if (process.platform !== 'linux') return true
  if (driverVariables.some((name) => process.env[name])) return true
  if (['dri', 'nvidiactl', 'dxg', 'kfd'].some((name) => existsSync(`/dev/${name}`))) return true
  const folders = ['/etc', '/usr/share', '/usr/local/share'].map((root) => `${root}/vulkan/icd.d`)
  return folders.some((folder) => existsSync(folder) && readdirSync(folder).length > 0)
}

let printed = false

function printOnce(line: string): void {
  if (!printed) console.error(`wgrad: ${line}`)
  printed = true
}

/**
 * Dawn polls in a busy loop while a promise of it is pending, and takes a core from a software adapter. Sleeping
 * between its turns gave 1.6 times the training speed on two cores. A turn costs time, too: until shortly before
 * the promise is expected they are further apart, but not so far that the caller's own timers would be late.
 */
async function wait<T>(promise: Promise<T>, expectedSeconds = 0): Promise<T> {
  const soon = performance.now() + 900 * expectedSeconds
  const state = { settled: false }
  const settle = (): void => {
    state.settled = true
  }
  promise.then(settle, settle)
  for (;;) {
    await new Promise((turn) => setImmediate(turn))
    if (state.settled) return promise
    Atomics.wait(sleeper, 0, 0, Math.min(Math.max(soon - performance.now(), 1), 5))
  }
}

/** A submit of 50 ms: nothing is drawn here that would wait for it. */
const runtime: Runtime = { wait, submitSeconds: 0.05 }

const sleeper = new Int32Array(new SharedArrayBuffer(4))
