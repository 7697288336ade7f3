/**
 * The case table: for every kernel the shapes and hooks that it is judged by, with its float64 twin. The oracle test
 * runs all of it on a device; gradient check and benchmark take from it what they need. Odd sizes stand beside powers
 * of two, each hook once where it is alone and once where it is used.
 */
import * as hooks from '../src/generated/hooks.ts'
import * as kernels from '../src/generated/kernels.ts'
import { type Constants, type KernelShader, type Linking, type LoadChain, withLoss } from '../src/gpu/link.ts'
import type { Step } from '../src/gpu/step.ts'
import { lossParts, rowsOfLossPart } from '../src/ops/lossParts.ts'
import { argmax } from './reference/argmax.ts'
import { columnSum } from './reference/column_sum.ts'
import { confusion } from './reference/confusion.ts'
import { denseSoftmaxCrossEntropy } from './reference/dense_softmax_cross_entropy.ts'
import { matmul } from './reference/matmul.ts'
import { meanSquaredError } from './reference/mean_squared_error.ts'
import { softmax } from './reference/softmax.ts'
import { softmaxCrossEntropy } from './reference/softmax_cross_entropy.ts'
import { softmaxGrad } from './reference/softmax_grad.ts'
import { sumParts } from './reference/sum_parts.ts'
import { integers, normals, uniforms } from './support/data.ts'
import {
  type Operand,
  type OperandOf,
  begin,
  gathered,
  gatheredF32,
  gatheredImages,
  gatheredLabels,
  labels,
  read,
  wide,
} from './support/operands.ts'
import {
  type Store,
  type StoreOf,
  adam,
  add,
  bias,
  gelu,
  geluGrad,
  place,
  relu,
  reluGrad,
  sgd,
  sigmoid,
  sigmoidGrad,
  stepSize,
  tanh,
  tanhGrad,
} from './support/stores.ts'

/** A kernel with its hooks, on one shape. */
export interface Case {
  /** What distinguishes it among the cases of its kernel: `A transposed, 129×784 by 784×3, bias → relu`. */
  readonly name: string
  readonly linking: Linking
  readonly constants: Constants
  readonly workgroups: readonly [number, number, number]
  readonly step: Required<Step>
  /** What each binding holds before the run: values, or so many elements that are not written yet. */
  readonly buffers: Readonly<Record<string, Float32Array | Uint32Array | Uint8Array | number>>
  /** What each written binding holds after it; NaN where nothing may be written. */
  readonly expected: () => Readonly<Record<string, Float64Array | Uint32Array>>
  /** Relative error in norm. */
  readonly tolerance: number
  /** Multiplications and additions of the kernel, without its store hooks. */
  readonly flops: number
  /** Bytes read and written, of a dataset only the batch. */
  readonly bytes: number
}

/** [M, K] by [K, N]. */
interface Contraction {
  readonly M: number
  readonly N: number
  readonly K: number
  readonly transpose?: '' | 'A' | 'B' | 'AB'
  readonly a?: OperandOf
  /** A has a column of ones more, which makes the last of the M rows. */
  readonly ones?: true
  readonly lastRowAt?: number
  readonly workgroup?: readonly [number, number]
  readonly stores?: readonly StoreOf[]
}

const contractions: readonly Contraction[] = [
  // Each transposition, with sizes on and around the 64 × 64 outputs of a workgroup.
  { M: 1, N: 1, K: 1 },
  { M: 64, N: 64, K: 64 },
  { M: 3, N: 17, K: 129 },
  { M: 127, N: 129, K: 17 },
  { M: 129, N: 3, K: 784, transpose: 'A' },
  { M: 64, N: 128, K: 32, transpose: 'A' },
  { M: 17, N: 127, K: 3, transpose: 'B' },
  { M: 128, N: 64, K: 10, transpose: 'B' },
  { M: 65, N: 17, K: 127, transpose: 'AB' },
  { M: 3, N: 129, K: 1, transpose: 'AB' },
  // Around the 12 or 16 rows, the 16 columns and the 4 values of k of a quad.
  { M: 65, N: 47, K: 12 },
  { M: 63, N: 49, K: 9, transpose: 'A' },
  { M: 13, N: 15, K: 12 },
  { M: 11, N: 17, K: 9, transpose: 'A' },
  { M: 49, N: 33, K: 13, transpose: 'B' },
  { M: 47, N: 31, K: 7, transpose: 'AB' },
  // The workgroups of narrow outputs.
  { M: 129, N: 3, K: 17, workgroup: [1, 64] },
  { M: 65, N: 10, K: 128, workgroup: [2, 32], stores: [bias] },

  // The forward pass of a dense layer.
  { M: 128, N: 128, K: 784, a: gathered, stores: [bias, relu] },
  { M: 17, N: 3, K: 51, a: gathered, stores: [bias, tanh] },
  { M: 65, N: 17, K: 784, a: gatheredImages, stores: [bias, relu] },
  { M: 1, N: 4, K: 12, a: gatheredImages },
  { M: 17, N: 10, K: 51, a: gatheredF32, stores: [bias, sigmoid] },
  { M: 1, N: 129, K: 3, stores: [bias, gelu] },
  { M: 129, N: 17, K: 127, stores: [bias, add] },

  // The gradient of its input.
  { M: 128, N: 128, K: 10, transpose: 'B', stores: [reluGrad] },
  { M: 17, N: 129, K: 3, transpose: 'B', stores: [tanhGrad] },
  { M: 3, N: 127, K: 17, transpose: 'B', stores: [sigmoidGrad] },
  { M: 129, N: 17, K: 10, transpose: 'B', stores: [geluGrad] },

  // The gradient of its weights, and their update.
  { M: 784, N: 17, K: 128, transpose: 'A', a: gathered },
  { M: 51, N: 17, K: 129, transpose: 'A', a: gatheredF32, stores: [sgd] },
  { M: 127, N: 17, K: 3, transpose: 'A', stores: [adam] },
  { M: 129, N: 10, K: 128, transpose: 'A', ones: true },
  { M: 65, N: 10, K: 17, transpose: 'A', ones: true, lastRowAt: 704, stores: [adam] },
  { M: 52, N: 17, K: 129, transpose: 'A', a: gathered, ones: true, lastRowAt: 896, stores: [adam] },
  { M: 18, N: 3, K: 1, transpose: 'A', ones: true, lastRowAt: 64, stores: [sgd] },
  { M: 785, N: 17, K: 127, transpose: 'A', a: gatheredImages, ones: true, lastRowAt: 13376, stores: [adam] },
  { M: 129, N: 8, K: 33, transpose: 'A', a: gatheredImages, ones: true, lastRowAt: 1024 },

  // Every hook with four columns at a time, and a last row where that is not possible.
  ...[[bias, add], [tanh], [sigmoid], [gelu], [tanhGrad], [sigmoidGrad], [geluGrad], [sgd]].map(
    (stores): Contraction => ({ M: 17, N: 12, K: 3, stores }),
  ),
  { M: 18, N: 12, K: 5, transpose: 'A', ones: true, lastRowAt: 256, stores: [adam] },
  { M: 18, N: 12, K: 6, transpose: 'A', ones: true, lastRowAt: 258, stores: [adam] },
]

/** Where exp and tanh leave the range of f32, where functions bend, and neighbours of 0. */
const edges = Float32Array.of(-1e4, -88, -15, -1, -1e-7, -0, 0, 1e-7, 1, 15, 88, 1e4)

/** Elementwise: every hook of either kind on its own. */
interface Mapping {
  readonly name?: string
  readonly M: number
  readonly N: number
  readonly a?: OperandOf
  readonly stores?: readonly StoreOf[]
  /** Workgroups in a row, where the elements need more than WebGPU admits in one dimension. */
  readonly width?: number
}

const mappings: readonly Mapping[] = [
  { M: 1, N: 1 },
  { M: 129, N: 127, width: 16 },
  { M: 17, N: 51, a: gathered },
  { M: 3, N: 17, a: gatheredF32 },
  { M: 129, N: 10, a: labels },
  { M: 17, N: 3, a: gatheredLabels },
  ...[bias, add, relu, tanh, sigmoid, gelu, reluGrad, tanhGrad, sigmoidGrad, geluGrad, adam, sgd].map(
    (store): Mapping => ({ M: 17, N: 129, stores: [store] }),
  ),
  ...[relu, tanh, sigmoid, gelu].map((store): Mapping => ({
    name: 'values at the edges',
    M: 1,
    N: 12,
    a: read('a', edges),
    stores: [store],
  })),
  {
    name: 'NaN stays NaN',
    M: 1,
    N: 3,
    a: read('a', Float32Array.of(NaN, 1, -1)),
    stores: [relu],
  },
  { M: 3, N: 17, a: gathered, stores: [bias, relu, tanh] },
]

/** A kernel over the rows of a matrix that comes through the slot `a`. */
interface Rows {
  readonly name?: string
  readonly M: number
  readonly N: number
  readonly a?: OperandOf
}

const columnSums: readonly (Rows & { readonly stores?: readonly StoreOf[] })[] = [
  { M: 1, N: 1 },
  { M: 129, N: 17 },
  { M: 128, N: 128 },
  { M: 17, N: 51, a: gathered },
  { M: 127, N: 3, stores: [adam] },
  { M: 3, N: 129, stores: [sgd] },
]

/** Logits of any size, and rows of equals. */
const hugeLogits = read(
  'a',
  normals(17 * 10, 31).map((z) => 1e4 * z),
)
const ties = read(
  'a',
  Float32Array.from(integers(129 * 10, 32, 3), (z) => z - 1),
)

const softmaxes: readonly Rows[] = [
  { M: 1, N: 1 },
  { M: 128, N: 10 },
  { M: 129, N: 17 },
  { M: 3, N: 129 },
  { name: 'logits of ±1e4', M: 17, N: 10, a: hugeLogits },
]

const argmaxes: readonly Rows[] = [
  { M: 1, N: 1 },
  { M: 129, N: 10 },
  { name: 'ties', M: 129, N: 10, a: ties },
  { M: 17, N: 51, a: gathered },
]

/** A batch of outputs and targets, of which the first `count` rows count; all of them if it is not given. */
interface Batch {
  readonly name?: string
  readonly M: number
  readonly N: number
  readonly outputs?: Float32Array
  readonly targets: OperandOf
  readonly count?: number
}

const soft = read('targets', uniforms(17 * 3, 33))

const batches: readonly Batch[] = [
  { M: 128, N: 10, targets: labels },
  { M: 129, N: 17, targets: gatheredLabels },
  { M: 300, N: 10, targets: gatheredLabels, count: 127 },
  { M: 17, N: 3, targets: gatheredF32 },
  { M: 17, N: 3, targets: soft },
  { M: 1, N: 1, targets: labels },
  { M: 3, N: 17, targets: labels, count: 0 },
  {
    name: 'outputs of ±1e4',
    M: 17,
    N: 10,
    outputs: normals(17 * 10, 34).map((z) => 1e4 * z),
    targets: labels,
  },
  {
    name: 'ties',
    M: 129,
    N: 10,
    outputs: Float32Array.from(integers(129 * 10, 35, 3), (z) => z - 1),
    targets: labels,
  },
]

/** A classifier's last layer on a batch of which the first `count` rows count; all of them if it is not given. */
interface OutputLayer {
  readonly M: number
  readonly N: number
  readonly K: number
  readonly a?: OperandOf
  readonly targets?: OperandOf
  readonly count?: number
  readonly biasAt?: number
  /** Of a workgroup, where the kernel has them. */
  readonly quads?: number
  readonly stores?: readonly StoreOf[]
}

const trained: OutputLayer = {
  M: 128,
  N: 10,
  K: 128,
  targets: gatheredLabels,
  biasAt: 1280,
  stores: [reluGrad],
}
const outputLayers: readonly OutputLayer[] = [
  { M: 1, N: 1, K: 1 },
  trained,
  { M: 129, N: 10, K: 128, targets: gatheredLabels, count: 127, biasAt: 1344 },
  { M: 17, N: 16, K: 3, stores: [tanhGrad] },
  { M: 15, N: 3, K: 51, a: gathered },
  { M: 31, N: 5, K: 20, targets: gatheredF32 },
  { M: 33, N: 13, K: 256, count: 1, stores: [geluGrad] },
  { M: 3, N: 4, K: 17, count: 0, stores: [sigmoidGrad] },
]

/** A product in parts, on its way through the store hooks. */
interface Parts {
  readonly M: number
  readonly N: number
  readonly PARTS: number
  readonly lastRowAt?: number
  readonly stores?: readonly StoreOf[]
}

const partSums: readonly Parts[] = [
  { M: 1, N: 1, PARTS: 1 },
  { M: 17, N: 129, PARTS: 3, stores: [bias, relu] },
  { M: 65, N: 10, PARTS: 7, lastRowAt: 704, stores: [adam] },
]

const meanSquaredErrorKernel = withLoss(kernels.loss_elements, hooks.mean_squared_error)

/** Every case, in the order of the kernels' names. */
export const cases: readonly Case[] = [
  ...argmaxes.map((rows) =>
    rowCase(kernels.argmax, rows, (input, M, N) => argmax({ input, M, N }), { tolerance: 0, flops: 1 }),
  ),
  ...columnSums.map(columnSumCase),
  ...batches.map(confusionCase),
  ...[...outputLayers, { ...trained, a: wide }].map((layer) =>
    outputLayerCase(kernels.dense_softmax_cross_entropy, layer),
  ),
  ...[1, 2].flatMap((quads) =>
    outputLayers.map((layer) =>
      outputLayerCase(kernels.dense_softmax_cross_entropy_quad, { ...layer, quads }),
    ),
  ),
  ...mappings.map(mapCase),
  ...contractions.map(matmulCase),
  ...batches.map((batch) => lossCase(meanSquaredErrorKernel, batch)),
  ...softmaxes.map((rows) =>
    rowCase(kernels.softmax, rows, (logits, M, N) => softmax({ logits, M, N }), {
      tolerance: 2e-6,
      flops: 6,
    }),
  ),
  ...batches.map((batch) => lossCase(kernels.softmax_cross_entropy, batch)),
  ...softmaxes.map(softmaxGradCase),
  ...partSums.map(sumPartsCase),
]

/** The sum of K products, each rounded: √K roundings of 2⁻²⁴ in the mean; twice that is not reached by chance. */
function sumTolerance(K: number): number {
  return 2 ** -23 * Math.sqrt(K)
}

function matmulCase(contraction: Contraction): Case {
  const {
    M,
    N,
    K,
    transpose = '',
    a: operandA = read('a'),
    ones = false,
    lastRowAt = (M - 1) * N,
  } = contraction
  const { workgroup: [x, y] = [8, 8], stores = [] } = contraction
  const [transposeA, transposeB] = [transpose.includes('A'), transpose.includes('B')]
  const columns = ones ? M - 1 : M
  const a = transposeA ? operandA(K, columns) : operandA(M, K)
  const b = transposeB ? read('b')(N, K) : read('b')(K, N)
  const result = storedCase({
    M,
    N,
    lastRowAt,
    stores,
    tolerance: a.tolerance + sumTolerance(K),
    values: () => matmul({ a: a.values, b: b.values, M, N, K, transposeA, transposeB, onesColumn: ones }),
  })
  const words = [
    transposeA && transposeB ? 'A and B transposed' : transpose && `${transpose} transposed`,
    `${M}×${K} by ${K}×${N}`,
    contraction.workgroup && `workgroups of ${x}×${y}`,
    contraction.lastRowAt !== undefined && 'the last row apart',
  ]
  const chain: LoadChain = ones ? [a.hook, hooks.ones_column] : [a.hook]
  return finish(words, kernels.matmul, { a, b }, result, {
    loads: { a: chain, b: [b.hook] },
    constants: {
      ...{ M, N, K, TRANSPOSE_A: Number(transposeA), TRANSPOSE_B: Number(transposeB) },
      ...{ WORKGROUP_X: x, WORKGROUP_Y: y },
      ...(ones && { ONES_COLUMN: columns }),
      ...(contraction.lastRowAt !== undefined && { LAST_ROW_AT: lastRowAt }),
    },
    workgroups: [Math.ceil(N / (8 * x)), Math.ceil(M / (8 * y)), 1],
    flops: 2 * M * N * K,
  })
}

function mapCase({ name, M, N, a: operandA = read('a'), stores = [], width }: Mapping): Case {
  const a = operandA(M, N)
  const result = storedCase({ M, N, stores, tolerance: a.tolerance, values: () => a.values })
  const count = Math.ceil((M * N) / kernels.map.workgroup[0])
  return finish([name, `${M}×${N}`, width && `${width} workgroups in a row`], kernels.map, { a }, result, {
    loads: { a: [a.hook] },
    constants: { M, N },
    workgroups: width === undefined ? [count, 1, 1] : [width, Math.ceil(count / width), 1],
    flops: 0,
  })
}

function columnSumCase({
  name,
  M,
  N,
  a: operandA = read('a'),
  stores = [],
}: (typeof columnSums)[number]): Case {
  const a = operandA(M, N)
  const values = (): Float64Array => columnSum({ input: a.values, M, N })
  const result = storedCase({ M: 1, N, stores, tolerance: a.tolerance + sumTolerance(M), values })
  return finish([name, `${M}×${N}`], kernels.column_sum, { a }, result, {
    loads: { a: [a.hook] },
    constants: { M, N },
    workgroups: [Math.ceil(N / kernels.column_sum.workgroup[0]), 1, 1],
    flops: M * N,
  })
}

/** A kernel whose invocations make one row each and call no store hooks. */
function rowCase(
  kernel: KernelShader,
  { name, M, N, a: operandA = read('a') }: Rows,
  twin: (a: Float64Array, M: number, N: number) => Float64Array | Uint32Array,
  { tolerance, flops, buffers = {} }: { tolerance: number; flops: number; buffers?: Case['buffers'] },
): Case {
  const a = operandA(M, N)
  const length = kernel === kernels.argmax ? M : M * N
  const result: Result = {
    store: [],
    constants: {},
    buffers: { ...buffers, out: length },
    expected: () => ({ out: twin(a.values, M, N) }),
    tolerance,
  }
  return finish([name, `${M}×${N}`], kernel, { a }, result, {
    loads: { a: [a.hook] },
    constants: { M, N },
    workgroups: [Math.ceil(M / 64), 1, 1],
    flops: flops * M * N,
  })
}

function softmaxGradCase(rows: Rows): Case {
  const { M, N, a: operandA = read('a') } = rows
  const probabilities = Float32Array.from(softmax({ logits: operandA(M, N).values, M, N }))
  const saved = Float64Array.from(probabilities)
  return rowCase(
    kernels.softmax_grad,
    { M, N, ...(rows.name && { name: `of ${rows.name}` }) },
    (gradient) => softmaxGrad({ gradient, probabilities: saved, M, N }),
    { tolerance: 1e-6, flops: 4, buffers: { probabilities } },
  )
}

function sumPartsCase({ M, N, PARTS, lastRowAt = (M - 1) * N, stores = [] }: Parts): Case {
  const parts = normals(PARTS * M * N, 39)
  const values = (): Float64Array => sumParts({ parts: Float64Array.from(parts), M, N })
  const result = storedCase({ M, N, lastRowAt, stores, tolerance: sumTolerance(PARTS), values })
  const stored = { ...result, buffers: { ...result.buffers, parts } }
  return finish([`${PARTS} parts of ${M}×${N}`], kernels.sum_parts, {}, stored, {
    loads: {},
    constants: { M, N, PARTS, LAST_ROW_AT: lastRowAt },
    workgroups: [Math.ceil((M * N) / kernels.sum_parts.workgroup[0]), 1, 1],
    flops: PARTS * M * N,
  })
}

/** Metrics of a few steps: the row of this step in parts, the rows of others as they were. */
function partsOf(
  batch: { readonly M: number; readonly count: number },
  sums: (rows: BatchPart) => LossSums,
): Metrics {
  const [steps, metricsRow] = [4, 2]
  const parts = Math.ceil(batch.M / rowsOfLossPart)
  return {
    metricsRow,
    length: 2 * parts * steps,
    expected() {
      const metrics = new Float64Array(2 * parts * steps).fill(NaN)
      for (let part = 0; part < parts; part++) {
        const begin = part * rowsOfLossPart
        const M = Math.min(rowsOfLossPart, batch.M - begin)
        const { loss, correct } = sums({ begin, M, count: Math.max(0, Math.min(M, batch.count - begin)) })
        metrics.set([loss, correct], 2 * (metricsRow * parts + part))
      }
      return metrics
    },
  }
}

/** Neighbouring rows of a batch. */
interface BatchPart {
  readonly begin: number
  readonly M: number
  readonly count: number
}

interface LossSums {
  readonly loss: number
  readonly correct: number
}

interface Metrics {
  readonly metricsRow: number
  readonly length: number
  readonly expected: () => Float64Array
}

function lossCase(
  kernel: KernelShader,
  { name, M, N, outputs = normals(M * N, 36), targets: targetsOf, count = M }: Batch,
): Case {
  const targets = targetsOf(M, N)
  const inputs = Float64Array.from(outputs)
  const isSoftmax = kernel === kernels.softmax_cross_entropy
  const twin = ({ begin, ...part }: BatchPart): ReturnType<typeof softmaxCrossEntropy> => {
    const rows = (matrix: Float64Array): Float64Array => matrix.subarray(begin * N, (begin + part.M) * N)
    const shape = { targets: rows(targets.values), N, ...part }
    return isSoftmax
      ? softmaxCrossEntropy({ logits: rows(inputs), ...shape })
      : meanSquaredError({ predictions: rows(inputs), ...shape })
  }
  const metrics = partsOf({ M, count }, twin)
  const result: Result = {
    store: [],
    constants: {},
    buffers: { [isSoftmax ? 'logits' : 'outputs']: outputs, metrics: metrics.length, gradient: M * N },
    expected: () => ({ metrics: metrics.expected(), gradient: twin({ begin: 0, M, count }).gradient }),
    tolerance: isSoftmax ? 2e-6 : 1e-6,
  }
  const words = [name, `${M}×${N}`, count < M && `${count} rows count`]
  return finish(words, kernel, { targets }, result, {
    loads: { targets: [targets.hook] },
    constants: { M, N },
    workgroups: [lossParts(M), 1, 1],
    flops: (isSoftmax ? 12 : 6) * M * N,
    step: { count, metricsRow: metrics.metricsRow },
  })
}

function outputLayerCase(
  kernel: KernelShader,
  { M, N, K, a: aOf = read('a'), targets: targetsOf = labels, ...rest }: OutputLayer,
): Case {
  const { count = M, biasAt = K * N, quads, stores = [] } = rest
  const [a, targets] = [aOf(M, K), targetsOf(M, N)]
  // Larger ones would saturate the softmax, and 1 − p loses what f32 has of p.
  const weights = normals(biasAt + N, 38).map((w) => w / Math.sqrt(K))
  const layer = { weights: Float64Array.from(weights), biasAt, N, K }
  const twin = ({ begin, M, count }: BatchPart): ReturnType<typeof denseSoftmaxCrossEntropy> =>
    denseSoftmaxCrossEntropy({
      a: a.values.subarray(begin * K, (begin + M) * K),
      targets: targets.values.subarray(begin * N, (begin + M) * N),
      ...layer,
      M,
      count,
    })
  const metrics = partsOf({ M, count }, twin)
  const whole = (): ReturnType<typeof twin> => twin({ begin: 0, M, count })
  const stored = storedCase({
    M,
    N: K,
    stores,
    tolerance: 2e-6 + a.tolerance + sumTolerance(K),
    values: () => whole().inputGradient,
  })
  const result: Result = {
    ...stored,
    buffers: { ...stored.buffers, weights, metrics: metrics.length, gradient: M * N },
    expected: () => ({ ...stored.expected(), metrics: metrics.expected(), gradient: whole().gradient }),
  }
  const words = [`${M}×${K} by ${K}×${N}`, count < M && `${count} rows count`, quads === 2 && 'two quads']
  return finish(words, kernel, { a, targets }, result, {
    loads: { a: [a.hook], targets: [targets.hook] },
    constants: { M, N, K, BIAS_AT: biasAt, ...(quads !== undefined && { QUADS: quads }) },
    workgroups: [lossParts(M), 1, 1],
    flops: (4 * K + 12) * M * N,
    step: { count, metricsRow: metrics.metricsRow },
  })
}

function confusionCase({ name, M, N, outputs, targets: targetsOf, count = M }: Batch): Case {
  const [a, targets, before] = [read('a', outputs)(M, N), targetsOf(M, N), integers(N * N, 37, 100)]
  const result: Result = {
    store: [],
    constants: {},
    buffers: { counts: before },
    expected() {
      const counted = confusion({ outputs: a.values, targets: targets.values, M, N, count })
      return { counts: counted.map((value, i) => value + before[i]!) }
    },
    tolerance: 0,
  }
  const words = [name, `${M}×${N}`, count < M && `${count} rows count`]
  return finish(words, kernels.confusion, { a, targets }, result, {
    loads: { a: [a.hook], targets: [targets.hook] },
    constants: { M, N },
    workgroups: [Math.ceil(M / kernels.confusion.workgroup[0]), 1, 1],
    flops: 2 * M * N,
    step: { count },
  })
}

/** What a kernel writes: its own buffers with their contents, and what they hold after it. */
interface Result extends Pick<Case, 'constants' | 'buffers' | 'expected' | 'tolerance'> {
  readonly store: Linking['store']
}

/** The result of a kernel that calls store hooks: `out`, and what the hooks write beside it. */
function storedCase({
  M,
  N,
  lastRowAt = (M - 1) * N,
  stores: storesOf,
  tolerance,
  values,
}: {
  readonly M: number
  readonly N: number
  readonly lastRowAt?: number
  readonly stores: readonly StoreOf[]
  readonly tolerance: number
  readonly values: () => Float64Array
}): Result {
  const index = Uint32Array.from({ length: M * N }, (_, e) =>
    e < (M - 1) * N ? e : e - (M - 1) * N + lastRowAt,
  )
  const length = lastRowAt + N
  const stores = storesOf.map((store) => store({ N, index, length }))
  const buffers = Object.assign({ out: length }, ...stores.map((store) => store.buffers)) as Case['buffers']
  return {
    store: stores.map(({ hook }) => hook),
    constants: Object.assign({}, ...stores.map((store) => store.constants)) as Constants,
    buffers,
    expected() {
      const before = buffers.out instanceof Float32Array ? buffers.out : new Float32Array(length).fill(NaN)
      const { value, written } = stores.reduce<ReturnType<Store['apply']>>(
        (result, store) => {
          const next = store.apply(result.value)
          return { value: next.value, written: { ...result.written, ...next.written } }
        },
        { value: values(), written: {} },
      )
      return { ...written, out: place(value, index, Float64Array.from(before)) }
    },
    // However coarse the functions that a hook may use, no kernel is further off than this.
    tolerance: Math.min(
      1e-5,
      stores.reduce((sum, store) => sum + store.tolerance, tolerance),
    ),
  }
}

function finish(
  words: readonly (string | number | boolean | undefined)[],
  kernel: KernelShader,
  operands: Readonly<Record<string, Operand>>,
  result: Result,
  {
    loads,
    constants,
    workgroups,
    flops,
    step = {},
  }: Pick<Case, 'constants' | 'workgroups' | 'flops'> &
    Pick<Linking, 'loads'> & { readonly step?: Partial<Step> },
): Case {
  const linking = { kernel, loads, store: result.store }
  const sources = Object.values(loads).flatMap((chain) => chain.map((hook) => hook.name))
  const hooked = [
    sources.filter((name) => !name.startsWith('read_')).join(' + '),
    result.store.map((hook) => hook.name).join(' → '),
  ]
  const used = Object.values(operands)
  const count = constants.M ?? 0
  return {
    name: [...words, ...hooked].filter(Boolean).join(', '),
    linking,
    constants: Object.assign(
      {},
      constants,
      ...used.map((operand) => operand.constants),
      result.constants,
    ) as Constants,
    workgroups,
    step: { begin, count, metricsRow: 0, ...stepSize, ...step },
    buffers: Object.assign({}, ...used.map((operand) => operand.buffers), result.buffers) as Case['buffers'],
    expected: result.expected,
    tolerance: result.tolerance,
    flops,
    bytes: [...used.map(({ bytes }) => bytes), ...bytesMoved(linking, result.buffers)].reduce(
      (sum, bytes) => sum + bytes,
    ),
  }
}

/** Each buffer once, what is updated twice. */
function bytesMoved({ kernel, store }: Linking, buffers: Case['buffers']): number[] {
  const bindings = [kernel, ...store].flatMap((file) => file.bindings)
  return Object.entries(buffers).map(([name, contents]) => {
    if (typeof contents === 'number') return 4 * contents
    const { access } = bindings.find((binding) => binding.name === name)!
    return access === 'read' ? contents.byteLength : 2 * contents.byteLength
  })
}
