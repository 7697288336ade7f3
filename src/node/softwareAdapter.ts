/**
 * A GPU for machines that have none: the SwiftShader and Vulkan loader inside the npm package `@sparticuz/chromium`,
 * unpacked once into a cache and loaded into this process.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { constants, homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { brotliDecompressSync } from 'node:zlib'
import { DeviceError } from '../errors.ts'
import { findPackage } from './packages.ts'

export const softwarePackage = '@sparticuz/chromium'

/** The command that adds it: version 147 is the last that runs on Node 20. */
export const installSoftware = `npm install ${softwarePackage}@147`

/** Whether the package has binaries for this machine. */
export const softwareSupported = process.platform === 'linux' && process.arch === 'x64'

/**
 * Runs `create` while the Vulkan loader sees SwiftShader and nothing else. The environment is as before afterwards:
 * other devices and child processes choose their drivers themselves.
 * @throws DeviceError where the package is missing or cannot be unpacked.
 */
export function withSoftwareAdapter<T>(create: () => T): T {
  const folder = unpackSoftwareAdapter()
  preload(join(folder, 'libvulkan.so.1'))
  const before = process.env.VK_DRIVER_FILES
  process.env.VK_DRIVER_FILES = join(folder, manifestName)
  try {
    return create()
  } finally {
    if (before === undefined) delete process.env.VK_DRIVER_FILES
    else process.env.VK_DRIVER_FILES = before
  }
}

/**
 * Unpacks the adapter where it is not yet, and returns its folder. Any number of processes may call it at once.
 * @throws DeviceError where the package is missing or no cache folder can be written.
 */
export function unpackSoftwareAdapter(): string {
  const found = softwareSupported ? findPackage(softwarePackage) : undefined
  if (found === undefined) {
    throw new DeviceError(
      `${softwarePackage}, the software adapter for machines without a GPU driver, is not installed; ` +
        `add it with: ${installSoftware}`,
    )
  }
  const archive = join(found.folder, 'bin', 'swiftshader.tar.br')
  if (!existsSync(archive)) {
    throw new DeviceError(
      `${softwarePackage} ${found.version} has no bin/swiftshader.tar.br; use: ${installSoftware}`,
    )
  }
  return unpackOnce(archive, `swiftshader-${found.version}`, cacheFolders(found.folder))
}

const manifestName = 'vk_swiftshader_icd.json'
const libraryNames = ['libvulkan.so.1', 'libvk_swiftshader.so', manifestName]

/** The node_modules that holds the package, else the user's cache: the libraries must not lie where others can write. */
function cacheFolders(packageFolder: string): readonly string[] {
  return [
    join(dirname(dirname(packageFolder)), '.cache', 'wgrad'),
    join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'wgrad'),
  ]
}

function unpackOnce(archive: string, name: string, caches: readonly string[]): string {
  const there = caches.map((cache) => join(cache, name)).find(isUnpacked)
  if (there !== undefined) return there
  let failure: unknown
  for (const cache of caches) {
    try {
      return unpack(archive, join(cache, name))
    } catch (cause) {
      failure = cause
    }
  }
  throw new DeviceError(
    `the software adapter cannot be unpacked into ${caches.join(' or ')} (${String(failure)}); ` +
      'make one of them writable or point XDG_CACHE_HOME at a folder that is',
    { cause: failure },
  )
}

/** Into a folder of this process's own, then renamed: the target is either whole or not there. */
function unpack(archive: string, target: string): string {
  mkdirSync(dirname(target), { recursive: true })
  const own = mkdtempSync(`${target}.`)
  try {
    const files = readTar(brotliDecompressSync(readFileSync(archive)))
    for (const name of libraryNames) {
      const bytes = files.get(name)
      if (bytes === undefined)
        throw new DeviceError(`${archive}: ${name} is not in it; use: ${installSoftware}`)
      writeFileSync(join(own, name), bytes, { mode: 0o755 })
    }
    // What root unpacks at installation, another user runs.
    chmodSync(own, 0o755)
    renameSync(own, target)
  } catch (cause) {
    rmSync(own, { recursive: true, force: true })
    // A rename onto a folder that another process has put there meanwhile fails; theirs is as good.
    if (!isUnpacked(target)) throw cause
  }
  return target
}

function isUnpacked(folder: string): boolean {
  return existsSync(join(folder, manifestName))
}

/** The files of a ustar archive (POSIX.1-1988): blocks of 512 bytes, name at 0, octal size at 124. */
function readTar(archive: Uint8Array): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>()
  const text = (from: number, length: number): string =>
    new TextDecoder().decode(archive.subarray(from, from + length)).replace(/\0.*$/s, '')
  let at = 0
  while (at + 512 <= archive.length && archive[at] !== 0) {
    const name = text(at, 100).replace(/^\.\//, '')
    const size = Number.parseInt(text(at + 124, 12), 8)
    files.set(name, archive.subarray(at + 512, at + 512 + size))
    at += 512 + Math.ceil(size / 512) * 512
  }
  return files
}

/** Dawn loads `libvulkan.so.1` by that name, so one that is already in the process serves it. */
function preload(library: string): void {
  try {
    // 0x1000 is RTLD_NODELETE: Node unloads a library again that turns out to be no addon.
    process.dlopen({ exports: {} }, library, constants.dlopen.RTLD_NOW | 0x1000)
  } catch (cause) {
    if (!String(cause).includes('did not self-register')) {
      throw new DeviceError(`the software adapter does not load: ${String(cause)}`, { cause })
    }
  }
}
