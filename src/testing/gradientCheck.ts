/**
 * Whether a gradient is that of its function: what the device makes of the gradient's graph against central differences
 * of the function, which the device computes too, so that no second implementation is needed.
 */
import { OptionError, ShapeError } from '../errors.ts'
import { type Gpu, bufferUsage } from '../gpu/device.ts'
import { findGradients } from '../graph/gradients.ts'
import { makePlan } from '../graph/plan.ts'
import { compile } from '../graph/program.ts'
import { type Shape, type Value, bytesOf, elementsOf, external, matrixOf } from '../graph/value.ts'
import type { Layer } from '../nn/layers.ts'
import type { ElementwiseOp } from '../ops/elementwise.ts'
import { lossParts } from '../ops/lossParts.ts'
import type { Loss } from '../ops/losses.ts'
import { createRandom } from '../random.ts'
import { optionsFor } from '../train/graphs.ts'
import { Memory } from '../train/memory.ts'
import { readOnce } from '../train/readback.ts'
import { relativeError } from './compare.ts'

/** What has a gradient, and the shapes to check it with. */
export type Checkable =
  | {
      /** A function of values. */
      readonly op: (x: Value, ...operands: readonly Value[]) => Value
      /** Of each operand: `[[5, 7], [7]]`. */
      readonly shapes: readonly Shape[]
    }
  /** A layer, with the shape of one example. */
  | { readonly layer: Layer; readonly shape: Shape }
  /** A loss, with the shape of its output: [batch, outputs]. */
  | { readonly loss: Loss; readonly shape: readonly [number, number] }

/** Where a gradient is checked, and how closely. */
export interface GradientCheckOptions {
  /** The operands are uniform in this range. Default [-2, 2]. */
  readonly range?: readonly [low: number, high: number]
  /** Fixes the operands. Default 1. */
  readonly seed?: number
  /** The largest relative error that is ok. Default 1e-3: f32 differences are good to about 1e-4. */
  readonly tolerance?: number
}

/** What `gradientCheck` found. */
export interface GradientCheck {
  /** Whether the error of every operand is within the tolerance, and at least half of its elements were compared. */
  readonly ok: boolean
  /** The largest of the operands. */
  readonly relativeError: number
  /** In the order of the operands; of a layer: its input, then its parameters. */
  readonly operands: readonly OperandCheck[]
}

/** The gradient by one operand, beside the differences. */
export interface OperandCheck {
  readonly name: string
  /** ‖gradient − differences‖ / ‖differences‖ over the elements that were compared. */
  readonly relativeError: number
  /** Elements that were left out: the function has a kink there, and its slopes to both sides differ. */
  readonly kinks: number
  /** As the device computes it. */
  readonly gradient: Float32Array
  /** Central differences. */
  readonly differences: Float64Array
}

/**
 * Compares the gradient of an op, a layer or a loss with central differences of it, element by element: of Σ c · output
 * for random c, or of the loss. Both are computed on the device in f32; what a small change of one element does not reach
 * comes out the same to the bit and cancels.
 *
 * @throws OptionError where there are more than 4096 elements: every one of them is two runs
 * @throws ShapeError where the shapes do not fit, or there is no gradient
 * @throws ShaderError where the WGSL does not compile
 * @example
 * const { ok, relativeError } = await gradientCheck(gpu, { op: ops.gelu, shapes: [[5, 7]] })
 * ok // true
 */
export async function gradientCheck(
  gpu: Gpu,
  checkable: Checkable,
  { range = [-2, 2], seed = 1, tolerance = 1e-3 }: GradientCheckOptions = {},
): Promise<GradientCheck> {
  const graph = graphOf(checkable)
  const total = graph.operands.reduce((sum, operand) => sum + elementsOf(operand), 0)
  if (total > maxElements)
    throw new OptionError(`gradientCheck: ${total} elements, at most ${maxElements}; use smaller shapes`)
  const random = createRandom(seed, 'gradientCheck')
  const [low, high] = range
  const contents = new Map(
    [...graph.operands, ...graph.fixed].map((value) => [
      value,
      Float32Array.from({ length: elementsOf(value) }, () => low + (high - low) * random.uniform()),
    ]),
  )
  const memory = new Memory(gpu)
  try {
    const buffers = uploadAll(gpu, memory, graph, contents)
    const found = await gradientsOn(gpu, graph, buffers)
    const valuesAt = await functionOn(gpu, memory, graph, buffers, contents)
    const operands: OperandCheck[] = []
    for (const [operand, gradient] of found) {
      operands.push(await checkOperand(operand, gradient, contents.get(operand) ?? gradient, valuesAt))
    }
    const worst = Math.max(...operands.map((operand) => operand.relativeError))
    const compared = operands.every(({ kinks, gradient }) => 2 * kinks <= gradient.length)
    return { ok: worst <= tolerance && compared, relativeError: worst, operands }
  } finally {
    memory.dispose()
  }
}

const maxElements = 4096

/** Near the cube root of the f32 epsilon, where the h² of central differences and the rounding of the function meet. */
const step = 2 ** -8

/** Slopes to both sides that differ by more than this share of the largest slope are those of a kink. */
const kinkShare = 0.01

/** A function of operands to one number, and its gradient. */
interface Graph {
  readonly operands: readonly Value[]
  /** What it reads beside them. */
  readonly fixed: readonly Value[]
  readonly result: Value
  /** Rows of the batch that count. */
  readonly rows: number
  /** The number, of the elements of the result. */
  readonly sum: (result: Float32Array, contents: Contents) => number
  /** By each operand; undefined where there is none. */
  readonly gradients: readonly (Value | undefined)[]
}

type Contents = ReadonlyMap<Value, Float32Array<ArrayBuffer>>
type Buffers = Readonly<Record<string, GPUBuffer>>

/** One element of an operand, and another value for it. */
interface Change {
  readonly at: number
  readonly value: number
}

/** The function with each of the changes to an operand by itself. */
type ValuesAt = (operand: Value, changes: readonly Change[]) => Promise<Float64Array>

function graphOf(checkable: Checkable): Graph {
  if ('loss' in checkable) return lossGraph(checkable)
  const { op, shapes, names } =
    'layer' in checkable ? layerOp(checkable) : { ...checkable, names: namesOf(checkable.op) }
  const operands = shapes.map((shape, i) => operandOf(`operand ${i}`, shape, names[i]))
  const [x, ...others] = operands
  if (x === undefined) throw new OptionError('gradientCheck: shapes is empty; give a shape for each operand')
  const result = op(x, ...others)
  // Of Σ factors · result, the gradient by the result is the factors.
  const factors = operandOf('factors of the result', result.shape)
  return {
    operands,
    fixed: [factors],
    result,
    rows: matrixOf(result).rows,
    sum: (values, contents) => {
      const held = contents.get(factors)
      return values.reduce((sum, value, i) => sum + value * (held?.[i] ?? NaN), 0)
    },
    gradients: findGradients(result, operands, factors),
  }
}

/** An op of `defineOp` says how its operands are called. */
function namesOf(op: object | ElementwiseOp): readonly string[] {
  return 'hook' in op ? ['x', ...op.hook.bindings.map(({ name }) => name)] : []
}

function layerOp({ layer, shape }: Extract<Checkable, { layer: Layer }>): {
  op: (x: Value, ...operands: readonly Value[]) => Value
  shapes: readonly Shape[]
  names: readonly string[]
} {
  const parameters = layer.parameters(shape)
  return {
    op: (x, ...values) => layer.apply(x, values),
    shapes: [[layerBatch, ...shape], ...parameters.map((parameter) => parameter.shape)],
    names: ['x', ...parameters.map(({ name }) => name)],
  }
}

const layerBatch = 3

function lossGraph({ loss, shape }: Extract<Checkable, { loss: Loss }>): Graph {
  const [batch] = shape
  const output = operandOf('output', shape)
  const targets = operandOf('targets', shape)
  const metrics = operandOf('metrics', [1, lossParts(batch), 2])
  const result = loss({ output, targets, metrics })
  return {
    operands: [output],
    fixed: [targets],
    result,
    rows: batch,
    // Of each part (sum of losses, right answers); the gradient is that of the mean.
    sum: (values) => values.reduce((sum, value, i) => (i % 2 === 0 ? sum + value / batch : sum), 0),
    gradients: findGradients(result, [output]),
  }
}

function operandOf(buffer: string, shape: Shape, label = buffer): Value {
  return external({ buffer, shape, dtype: 'f32', label })
}

function bufferOf({ node }: Value): string {
  if (node.op.kind !== 'external') throw new RangeError(`${node.label} is no operand`)
  return node.op.buffer
}

function uploadAll(gpu: Gpu, memory: Memory, { result }: Graph, contents: Contents): Buffers {
  const usage = bufferUsage.storage | bufferUsage.copySrc | bufferUsage.copyDst
  const buffers = Array.from(contents, ([value, values]) => {
    const buffer = memory.buffer(bufferOf(value), values.byteLength, usage)
    gpu.device.queue.writeBuffer(buffer, 0, values)
    return [bufferOf(value), buffer] as const
  })
  const into = result.node.into[result.output]
  const metrics = into && [[bufferOf(into), memory.buffer(bufferOf(into), bytesOf(into), usage)] as const]
  return Object.fromEntries([...buffers, ...(metrics ?? [])])
}

/** What the device makes of the gradients. */
async function gradientsOn(
  gpu: Gpu,
  { operands, gradients, rows }: Graph,
  buffers: Buffers,
): Promise<Map<Value, Float32Array>> {
  const made = operands.flatMap((operand, i) => {
    const gradient = gradients[i]
    return gradient === undefined ? [] : [{ operand, name: String(i), gradient }]
  })
  if (made.length === 0) throw new ShapeError('gradientCheck: there is a gradient by none of the operands')
  const outputs = Object.fromEntries(made.map(({ name, gradient }) => [name, gradient]))
  using program = await compile(gpu, makePlan({ ...(await optionsFor(gpu)), outputs }), { buffers })
  program.run([{ begin: 0, count: rows, metricsRow: 0 }])
  const found = new Map<Value, Float32Array>()
  for (const { operand, name } of made) {
    found.set(operand, new Float32Array(await readOnce(gpu, { size: 0, ...program.output(name) })))
  }
  return found
}

/** Compiles the function itself. */
async function functionOn(
  gpu: Gpu,
  memory: Memory,
  { result, rows, sum }: Graph,
  buffers: Buffers,
  contents: Contents,
): Promise<ValuesAt> {
  const { device } = gpu
  const into = result.node.into[result.output]
  const goal = into === undefined ? { outputs: { result } } : { effects: [result] }
  const program = memory.own(
    await compile(gpu, makePlan({ ...(await optionsFor(gpu)), ...goal }), { buffers }),
  )
  const source = into === undefined ? program.output('result').buffer : buffers[bufferOf(into)]
  const bytes = bytesOf(result)
  const results = memory.buffer('results', runsOfRead * bytes, bufferUsage.copySrc | bufferUsage.copyDst)
  return async (operand, changes) => {
    const buffer = buffers[bufferOf(operand)]
    const held = contents.get(operand)
    if (source === undefined || buffer === undefined || held === undefined)
      throw new RangeError('made by uploadAll')
    const values: number[] = []
    for (let begin = 0; begin < changes.length; begin += runsOfRead) {
      const part = changes.slice(begin, begin + runsOfRead)
      part.forEach(({ at, value }, i) => {
        device.queue.writeBuffer(buffer, 4 * at, Float32Array.of(value))
        program.run([{ begin: 0, count: rows, metricsRow: 0 }])
        const encoder = device.createCommandEncoder()
        encoder.copyBufferToBuffer(source, 0, results, i * bytes, bytes)
        device.queue.submit([encoder.finish()])
        device.queue.writeBuffer(buffer, 4 * at, held, at, 1)
      })
      const read = await readOnce(gpu, { buffer: results, size: part.length * bytes })
      values.push(...part.map((_, i) => sum(new Float32Array(read, i * bytes, bytes / 4), contents)))
    }
    return Float64Array.from(values)
  }
}

/** The most results that are read at once. */
const runsOfRead = 128

async function checkOperand(
  operand: Value,
  gradient: Float32Array,
  held: Float32Array,
  valuesAt: ValuesAt,
): Promise<OperandCheck> {
  const points = Array.from(held, (x) => {
    const h = step * Math.max(1, Math.abs(x))
    return { x, low: Math.fround(x - h), high: Math.fround(x + h) }
  })
  const values = await valuesAt(operand, [
    { at: 0, value: held[0] ?? 0 },
    ...points.flatMap(({ low, high }, at) => [
      { at, value: low },
      { at, value: high },
    ]),
  ])
  const [middle = NaN] = values
  const slopes = points.map(({ x, low, high }, i) => {
    const [below = NaN, above = NaN] = values.subarray(1 + 2 * i)
    return {
      central: (above - below) / (high - low),
      gap: Math.abs((above - middle) / (high - x) - (middle - below) / (x - low)),
    }
  })
  const largest = slopes.reduce(
    (most, { central }) => (Math.abs(central) > most ? Math.abs(central) : most),
    0,
  )
  // What is no number is no slope either.
  const isSmooth = (i: number): boolean => (slopes[i]?.gap ?? NaN) <= kinkShare * largest + noise
  const differences = Float64Array.from(slopes, ({ central }) => central)
  return {
    name: operand.node.label,
    relativeError: relativeError(
      gradient.filter((_, i) => isSmooth(i)),
      differences.filter((_, i) => isSmooth(i)),
    ),
    kinks: slopes.filter((_, i) => !isSmooth(i)).length,
    gradient,
    differences,
  }
}

/** Of a slope that is zero. */
const noise = 1e-4
