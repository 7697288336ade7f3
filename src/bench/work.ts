/** What a case of the benchmark runs: a plan, the memory that it works on, and what must come out. */
import { type Gpu, bufferUsage } from '../gpu/device.ts'
import type { BufferRange } from '../gpu/kernel.ts'
import type { Step } from '../gpu/step.ts'
import type { Plan } from '../graph/plan.ts'
import { compile, type Program } from '../graph/program.ts'
import { holding } from '../train/memory.ts'

export type Data = Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>

export interface Work {
  readonly plan: Plan
  /** What the external values of the plan hold at first, by the names of their buffers. */
  readonly memory: Readonly<Record<string, Data>>
  /** After one repetition with `checkStep`. */
  readonly expected: readonly Expectation[]
  /** Training examples of a repetition, where it trains. */
  readonly examples?: number
}

/** A run of f32 in an output of the plan or a buffer of the memory, and each of its values in float64. */
export interface Expectation {
  readonly buffer: string
  /** The element at which the run starts. */
  readonly start: number
  readonly length: number
  readonly at: (index: number) => number
}

/** Rows of every batch. */
export const batchSize = 128

/** The repetition that is checked: ε is large, so that where a gradient is near 0 its rounding stays small. */
export const checkStep = { begin: 0, count: batchSize, metricsRow: 0, learningRate: 0.01, epsilon: 1e-3 }

/** The repetitions that are timed: the same work, but parameters stay, so that the thousandth is like the first. */
export const timedStep: Step = { ...checkStep, learningRate: 0 }

/** The most repetitions of a submit. */
export const maxRepetitions = 256

/** A case's work on the device. */
export interface Loaded {
  readonly program: Program
  /** Where the run of an expectation lies. */
  readonly range: (name: string) => BufferRange
  dispose(): void
}

export function load(gpu: Gpu, { plan, memory }: Work): Promise<Loaded> {
  return holding(gpu, async (held) => {
    const usage = bufferUsage.storage | bufferUsage.copySrc | bufferUsage.copyDst
    const buffers: Record<string, GPUBuffer> = {}
    for (const [name, data] of Object.entries(memory)) {
      const buffer = held.buffer(name, Math.ceil(data.byteLength / 4) * 4, usage)
      gpu.device.queue.writeBuffer(buffer, 0, data)
      buffers[name] = buffer
    }
    const program = held.own(await compile(gpu, plan, { buffers, maxSteps: maxRepetitions }))
    return {
      program,
      range(name) {
        const buffer = buffers[name]
        return buffer === undefined ? program.output(name) : { buffer }
      },
      dispose() {
        held.dispose()
      },
    }
  })
}
