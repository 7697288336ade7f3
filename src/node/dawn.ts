/**
 * Dawn, the WebGPU implementation behind Node: loads the optional package `webgpu` and lists the adapters that it sees.
 */
import { pathToFileURL } from 'node:url'
import { DeviceError } from '../errors.ts'
import { findPackage } from './packages.ts'

export interface Dawn {
  /** The WebGPU instance with these flags of Dawn's own, for instance `backend=null`. */
  create(flags: readonly string[]): GPU
}

export const installDawn = 'npm install webgpu'

/** @throws DeviceError where the package is missing or does not load on this machine. */
export async function loadDawn(): Promise<Dawn> {
  const found = findPackage('webgpu')
  if (found === undefined) {
    throw new DeviceError(
      `the package webgpu (WebGPU for Node) is not installed; add it with: ${installDawn}`,
    )
  }
  try {
    const { create } = (await import(pathToFileURL(found.main).href)) as { create: (flags: string[]) => GPU }
    return {
      create(flags) {
        const key = JSON.stringify([flags, driverVariables.map((name) => process.env[name])])
        const instance = instances.get(key) ?? create([...flags])
        instances.set(key, instance)
        return instance
      },
    }
  } catch (cause) {
    throw new DeviceError(
      `webgpu ${found.version} is installed but does not load on ${process.platform} ${process.arch}: ${String(cause)}; ` +
        `it needs Windows, macOS or a Linux with glibc, and its install scripts; try again with: ${installDawn}`,
      { cause },
    )
  }
}

/**
 * Kept for the life of the process: Node crashes or hangs once an instance is collected, even if unused. So a device
 * that is opened again is opened on the instance that saw the same drivers, and a process does not grow with them.
 */
const instances = new Map<string, GPU>()

/** What tells the Vulkan loader which drivers there are. */
export const driverVariables = ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES', 'VK_ADD_DRIVER_FILES'] as const

export interface ListedAdapter {
  /** The device's name in full: `NVIDIA H100 PCIe`, `llvmpipe (LLVM 15.0.6, 256 bits)`. */
  readonly name: string
  readonly adapter: GPUAdapter
}

/**
 * The adapters that Dawn sees, in its order.
 * @param scope runs each call that makes Dawn look for drivers; it looks within the call, not later.
 */
export async function listAdapters(dawn: Dawn, scope: Scope = (look) => look()): Promise<ListedAdapter[]> {
  const request = (flag: string): Promise<GPUAdapter | null> =>
    scope(() => dawn.create([flag]).requestAdapter({ powerPreference: 'high-performance' }))

  const listed: ListedAdapter[] = []
  for (const name of await adapterNames(request)) {
    const adapter = await request(`adapter=${name}`)
    if (adapter !== null) listed.push({ name: name || adapter.info.description, adapter })
  }
  return listed
}

export type Scope = <T>(look: () => T) => T

/** Dawn has no list of adapters, but tells their names where it is asked for one that does not exist. */
async function adapterNames(
  request: (flag: string) => Promise<GPUAdapter | null>,
): Promise<readonly string[]> {
  try {
    await request('adapter=(the list of adapters)')
    return []
  } catch (refusal) {
    const names = [...String(refusal).matchAll(/name: '(.*)'$/gm)].map(([, name]) => name ?? '')
    // An empty name is part of every name, so that a Dawn with another wording still gives its first adapter.
    return names.length > 0 ? [...new Set(names)] : ['']
  }
}
