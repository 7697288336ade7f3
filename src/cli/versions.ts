/** Versions that a run depends on. */
import { readFileSync } from 'node:fs'
import { findPackage } from '../node/packages.ts'

/** Of this package. */
export const version = ownVersion()

/** What reproduces a run beside its options; null where a package is not installed. */
export function versions(): Readonly<Record<'wgrad' | 'node' | 'webgpu', string | null>> {
  return { wgrad: version, node: process.versions.node, webgpu: findPackage('webgpu')?.version ?? null }
}

function ownVersion(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
