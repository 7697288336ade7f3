/**
 * MNIST for the page: from the site itself, gzipped, each file checked by its SHA-256; what has passed is kept in the
 * Cache API, so that a second visit trains at once and without a network.
 */
import { type FetchOptions, fetchFiles } from '../../src/data/fetchFiles.ts'
import { DataError } from '../../src/index.ts'
import { type Mnist, readMnist } from '../../src/mnist.ts'

const cacheName = 'wgrad-mnist'

/** @param from URL of the folder with the four files */
export async function loadMnist(from: URL, onProgress: FetchOptions['onProgress']): Promise<Mnist> {
  // Some browsers keep nothing in a private window.
  const cache = await caches.open(cacheName).catch(() => undefined)
  const kept = cache && (await readKept(cache, from))
  if (kept !== undefined) return kept
  const download = fetchFiles(from, onProgress ? { onProgress } : {})
  const files = new Map<string, Uint8Array<ArrayBuffer>>()
  const mnist = await readMnist(async (name) => {
    const bytes = new Uint8Array(await download(name))
    files.set(name, bytes)
    return bytes
  })
  if (cache !== undefined) await keep(cache, from, files)
  return mnist
}

export async function forgetMnist(): Promise<void> {
  await caches.delete(cacheName)
}

/** A store that is full costs the next visit a download, no more. */
async function keep(cache: Cache, from: URL, files: ReadonlyMap<string, BodyInit>): Promise<void> {
  for (const [name, bytes] of files) {
    await cache.put(new URL(name, from), new Response(bytes)).catch(() => undefined)
  }
}

/** Undefined unless all four files are there and whole. */
async function readKept(cache: Cache, from: URL): Promise<Mnist | undefined> {
  try {
    return await readMnist(async (name) => {
      const kept = await cache.match(new URL(name, from))
      if (kept === undefined) throw new DataError(`${name}: not kept yet`)
      return new Uint8Array(await kept.arrayBuffer())
    })
  } catch (error) {
    if (error instanceof DataError) return undefined
    throw error
  }
}
