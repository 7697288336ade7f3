/** A dispatch alone, on memory of its own with seeded contents: what it computes, and how long it takes. */
import { destroyBuffer } from '../gpu/buffer.ts'
import { type Gpu, bufferUsage } from '../gpu/device.ts'
import { type Kernel, bindKernel, bindSteps, createKernel } from '../gpu/kernel.ts'
import { type ShaderBinding, link } from '../gpu/link.ts'
import { createStepTable, stepRowBytes, writeStep } from '../gpu/step.ts'
import { type Dispatch, type Pass, passesOf } from '../graph/plan.ts'
import { createRandom } from '../random.ts'
import { Memory } from './memory.ts'
import { readOnce } from './readback.ts'

export type Numbers = Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>

/** The passes of a dispatch, compiled and bound. */
export type Call = readonly {
  readonly kernel: Kernel
  readonly bindings: GPUBindGroup
  readonly workgroups: Pass['workgroups']
}[]

/** Serves all variants of a dispatch: they read and write the same, but for memory between the passes of one. */
export class Scratch implements Disposable {
  readonly #gpu: Gpu
  readonly #memory: Memory
  readonly #buffers: Map<string, GPUBuffer>
  /** What the bindings that are written hold before a run. */
  readonly #contents: ReadonlyMap<GPUBuffer, Numbers>
  readonly #steps: GPUBindGroup

  constructor(gpu: Gpu, { linking, bindings }: Dispatch) {
    const { device } = gpu
    this.#gpu = gpu
    this.#memory = new Memory(gpu)
    const filled = link(linking).bindings.map((binding) => {
      const size = bindings[binding.name]?.size ?? 0
      const buffer = this.#memory.buffer(binding.name, size, usage)
      const contents = contentsOf(binding, size / 4)
      device.queue.writeBuffer(buffer, 0, contents)
      return { binding, buffer, contents }
    })
    this.#buffers = new Map(filled.map(({ binding, buffer }) => [binding.name, buffer]))
    const written = filled.filter(({ binding }) => binding.access === 'read_write')
    this.#contents = new Map(written.map(({ buffer, contents }) => [buffer, contents]))
    const table = createStepTable(device, 1)
    this.#memory.own({
      dispose: () => {
        destroyBuffer(table)
      },
    })
    const row = new DataView(new ArrayBuffer(stepRowBytes))
    writeStep(row, 0, { begin: 0, count: 2 ** 32 - 1, metricsRow: 0, learningRate: 1, epsilon: 1 })
    device.queue.writeBuffer(table, 0, row.buffer)
    this.#steps = bindSteps(device, table)
  }

  /** Throws ShaderError where it does not compile. */
  async compile(dispatch: Dispatch): Promise<Call> {
    const { device } = this.#gpu
    const places = Object.entries(dispatch.bindings)
    const buffers = new Map(places.map(([name, place]) => [place, this.#bufferFor(name, place.size)]))
    const compilePass = async ({ linking, constants, bindings, workgroups }: Pass): Promise<Call[number]> => {
      const kernel = await createKernel(device, linking, constants)
      const ranges = Object.entries(bindings).flatMap(([name, place]) => {
        const buffer = buffers.get(place)
        return buffer === undefined ? [] : [[name, { buffer }] as const]
      })
      return { kernel, bindings: bindKernel(device, kernel, Object.fromEntries(ranges)), workgroups }
    }
    return await this.#gpu.wait(Promise.all(passesOf(dispatch).map(compilePass)))
  }

  /** What the bindings that it writes hold after a run from the seeded contents. */
  async results(call: Call): Promise<Numbers[]> {
    for (const [buffer, contents] of this.#contents) this.#gpu.device.queue.writeBuffer(buffer, 0, contents)
    this.#submit(call, 1)
    const results: Numbers[] = []
    for (const [buffer, { constructor }] of this.#contents) {
      const bytes = await readOnce(this.#gpu, { buffer, size: buffer.size })
      results.push(constructor === Float32Array ? new Float32Array(bytes) : new Uint32Array(bytes))
    }
    return results
  }

  /** Seconds on the host's clock that so many runs take in one submit; the device may note its own of the pass. */
  async time(call: Call, runs: number, timestampWrites?: GPUComputePassTimestampWrites): Promise<number> {
    const begin = performance.now()
    this.#submit(call, runs, timestampWrites)
    await this.#gpu.wait(this.#gpu.device.queue.onSubmittedWorkDone())
    return (performance.now() - begin) / 1000
  }

  /** Frees the memory on the device. */
  [Symbol.dispose](): void {
    this.#memory.dispose()
  }

  #bufferFor(name: string, size: number): GPUBuffer {
    const buffer = this.#buffers.get(name) ?? this.#memory.buffer(name, size, usage)
    this.#buffers.set(name, buffer)
    return buffer
  }

  #submit(call: Call, runs: number, timestampWrites?: GPUComputePassTimestampWrites): void {
    const encoder = this.#gpu.device.createCommandEncoder()
    const pass = encoder.beginComputePass(timestampWrites && { timestampWrites })
    pass.setBindGroup(1, this.#steps, [0])
    for (let run = 0; run < runs; run++) {
      for (const { kernel, bindings, workgroups } of call) {
        pass.setPipeline(kernel.pipeline)
        pass.setBindGroup(0, bindings)
        pass.dispatchWorkgroups(...workgroups)
      }
    }
    pass.end()
    this.#gpu.device.queue.submit([encoder.finish()])
  }
}

const usage = bufferUsage.storage | bufferUsage.copySrc | bufferUsage.copyDst

/**
 * Numbers of both signs, but none below zero in what is updated in place, since it may be a mean of squares; any
 * bytes; and every row of a dataset once.
 */
function contentsOf({ name, type, shape, access }: ShaderBinding, words: number): Numbers {
  const random = createRandom(1, `scratch/${name}`)
  const isIndex = type.includes('u32') && !shape.includes('u8')
  if (isIndex) return random.permutation(words)
  const block = Math.min(words, BLOCK)
  if (type.includes('u32')) {
    return repeated(
      Uint32Array.from({ length: block }, () => random.uniform() * 2 ** 32),
      new Uint32Array(words),
    )
  }
  const low = access === 'read' ? -1 : 0
  return repeated(
    Float32Array.from({ length: block }, () => low + (1 - low) * random.uniform()),
    new Float32Array(words),
  )
}

/** A prime, so that rows of a matrix do not repeat: drawing each number of a dataset would take seconds. */
const BLOCK = 65521

function repeated<T extends Numbers>(block: T, all: T): T {
  for (let at = 0; at < all.length; at += block.length) all.set(block.subarray(0, all.length - at), at)
  return all
}
