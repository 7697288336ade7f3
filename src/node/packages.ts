/** Finds the optional packages of a Node installation: beside this library first, then where the user's program runs. */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

export interface InstalledPackage {
  /** The folder that holds its package.json. */
  readonly folder: string
  readonly version: string
  /** The file that importing the package runs. */
  readonly main: string
}

/** Undefined where the package is not installed. */
export function findPackage(name: string): InstalledPackage | undefined {
  for (const from of [import.meta.url, join(process.cwd(), 'package.json')]) {
    const main = resolve(name, from)
    if (main !== undefined) return describe(main)
  }
  return undefined
}

function resolve(name: string, from: string): string | undefined {
  try {
    return createRequire(from).resolve(name)
  } catch {
    return undefined
  }
}

function describe(main: string): InstalledPackage | undefined {
  // Upwards from the main file, because `exports` may hide package.json from resolve.
  for (let folder = dirname(main); folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = join(folder, 'package.json')
    if (!existsSync(manifest)) continue
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version?: string }
    if (version !== undefined) return { folder, version, main }
  }
  return undefined
}
