/** The peers are a package of their own: it is installed when a benchmark first needs it. */
import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))

/** The repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** Installs what the lock file says, where that has not been done since it was written. */
export function installPeers() {
  const writtenAt = (file) => statSync(join(here, file), { throwIfNoEntry: false })?.mtimeMs ?? 0
  if (writtenAt('node_modules/.package-lock.json') >= writtenAt('package-lock.json')) return
  console.error('installing the peers into bench/peers/node_modules')
  const [npm, shell] = process.platform === 'win32' ? ['npm.cmd', true] : ['npm', false]
  execFileSync(npm, ['ci', '--no-audit', '--no-fund'], { cwd: here, shell, stdio: ['ignore', 2, 2] })
}

/** What is compared, with its versions. */
export function versions() {
  const versionIn = (file) => JSON.parse(readFileSync(file, 'utf8')).version
  const peer = (name) => versionIn(join(here, 'node_modules', name, 'package.json'))
  return {
    wgrad: versionIn(join(root, 'package.json')),
    'TensorFlow.js': peer('@tensorflow/tfjs'),
    'jax-js': peer('@jax-js/jax'),
    webgpu: versionIn(createRequire(import.meta.url).resolve('webgpu/package.json')),
  }
}
