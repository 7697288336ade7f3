/**
 * The peaks of the device, measured: what its arithmetic and its memory do at best, and what a dispatch costs. The
 * percentages of all other cases refer to them (the roofline of Williams, Waterman & Patterson 2009).
 */
import { isProcessor } from '../gpu/adapterClass.ts'
import * as kernels from '../generated/kernels.ts'
import { makePlan } from '../graph/plan.ts'
import { type KernelOp, type Value, apply, elementsOf, inputOf } from '../graph/value.ts'
import { relu } from '../ops/relu.ts'
import type { GraphOptions } from '../train/graphs.ts'
import { type Case, f32, numbers } from './case.ts'
import type { Work } from './work.ts'

/** Of a device, per second or in seconds. */
export interface Peaks {
  /** Multiplications and additions, f32. */
  readonly flopsPerSecond: number
  readonly loadBytesPerSecond: number
  readonly storeBytesPerSecond: number
  /** One of the least work, in a submit with many others. */
  readonly dispatchSeconds: number
}

/** The case behind each peak. */
export const peakCases = {
  fma: { name: 'peaks/fma', make: fma },
  load: { name: 'peaks/load', make: load },
  store: { name: 'peaks/store', make: store },
  dispatch: { name: 'peaks/dispatch', make: dispatch },
} as const satisfies Readonly<Record<string, Case>>

/** The least time that dispatches can take on a device with such peaks: each waits for arithmetic or for memory. */
export function rooflineSeconds(
  dispatches: readonly { readonly flops: number; readonly bytes: number }[],
  { flopsPerSecond, loadBytesPerSecond, storeBytesPerSecond }: Peaks,
): number {
  const bytesPerSecond = Math.max(loadBytesPerSecond, storeBytesPerSecond)
  return dispatches.reduce(
    (sum, { flops, bytes }) => sum + Math.max(flops / flopsPerSecond, bytes / bytesPerSecond),
    0,
  )
}

/** On a processor a few milliseconds, on a large GPU a hundred microseconds and all of its cores. */
function fma(options: GraphOptions): Work {
  const invocations = isProcessor(options.adapter) ? 2 ** 12 : 2 ** 19
  const op: KernelOp = {
    kind: 'kernel',
    name: 'peak_fma',
    kernel: kernels.peak_fma,
    loads: {},
    reads: { numbers: 0 },
    writes: ['out'],
    constants: () => ({ ROUNDS: rounds }),
    workgroups: () => [invocations / kernels.peak_fma.workgroup[0], 1, 1],
    flops: () => 2 * 96 * rounds * invocations,
  }
  const out = apply(op, [f32('numbers', [2])], [{ shape: [invocations], dtype: 'f32' }])
  return {
    plan: makePlan({ ...options, outputs: { out } }),
    memory: { numbers: Float32Array.of(0.5, 1) },
    // Twelve chains, each of which ends at 1 / (1 − 0.5).
    expected: [{ buffer: 'out', start: 0, length: invocations, at: () => 24 }],
  }
}

const rounds = 160

function load(options: GraphOptions): Work {
  const invocations = memoryInvocations(options)
  const values = f32('values', [vectors, invocations, 4])
  const op = memoryOp('peak_load', kernels.peak_load, invocations, { values: 0 })
  const out = apply(op, [values], [{ shape: [invocations], dtype: 'f32' }])
  return {
    plan: makePlan({ ...options, outputs: { out } }),
    // Small whole numbers, whose sums are exact: vector i of an invocation is four times i + its number % 8.
    memory: {
      values: Float32Array.from({ length: elementsOf(values) }, (_, i) => {
        const vector = Math.floor(i / 4)
        return Math.floor(vector / invocations) + ((vector % invocations) % 8)
      }),
    },
    expected: [
      {
        buffer: 'out',
        start: 0,
        length: invocations,
        at: (index) => 4 * ((vectors * (vectors - 1)) / 2 + vectors * (index % 8)),
      },
    ],
  }
}

function store(options: GraphOptions): Work {
  const invocations = memoryInvocations(options)
  const op = memoryOp('peak_store', kernels.peak_store, invocations, {})
  const out = apply(op, [], [{ shape: [vectors, invocations, 4], dtype: 'f32' }])
  return {
    plan: makePlan({ ...options, outputs: { out } }),
    memory: {},
    expected: [
      {
        buffer: 'out',
        start: 0,
        length: elementsOf(out),
        at: (index) => Math.floor(index / 4) % invocations,
      },
    ],
  }
}

/** Vectors of four that an invocation loads or stores: VECTORS of the shaders. */
const vectors = 64

/** 128 MiB of vectors on a GPU, more than its caches hold as a rule; on a processor 4, where instructions bound a load. */
function memoryInvocations({ adapter }: GraphOptions): number {
  const bytes = 2 ** (isProcessor(adapter) ? 22 : 27)
  return bytes / (16 * vectors)
}

function memoryOp(
  name: string,
  kernel: KernelOp['kernel'],
  invocations: number,
  reads: KernelOp['reads'],
): KernelOp {
  return {
    kind: 'kernel',
    name,
    kernel,
    loads: {},
    reads,
    writes: ['out'],
    constants: () => ({}),
    workgroups: () => [invocations / (kernel.workgroup[0] ?? 1), 1, 1],
    flops: (node) => (node.inputs.length === 0 ? 0 : elementsOf(inputOf(node, 0))),
  }
}

/** One element. */
function dispatch(options: GraphOptions): Work {
  const a = numbers('a', 1)
  const out: Value = relu(f32('a', [1, 1]))
  return {
    plan: makePlan({ ...options, outputs: { out } }),
    memory: { a },
    expected: [{ buffer: 'out', start: 0, length: 1, at: () => Math.max(a[0] ?? NaN, 0) }],
  }
}
