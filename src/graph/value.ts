/**
 * Symbolic values: what a graph is made of. A node applies an op to values; nothing is computed here. Ops are made in
 * src/ops, gradients, fusion and the plan read what they say of themselves.
 */
import { ShapeError } from '../errors.ts'
import type { AdapterClass } from '../gpu/adapterClass.ts'
import type { AdjustHook, Constants, KernelShader, Linking, LoadHook, StoreHook } from '../gpu/link.ts'

/** What an element of a value is. */
export type DType = 'f32' | 'u32' | 'u8'
/** The sizes of a value, row-major. */
export type Shape = readonly number[]

/** What one output of a node looks like. */
export interface ValueType {
  readonly shape: Shape
  readonly dtype: DType
}

/** One output of a node. */
export interface Value extends ValueType {
  readonly node: Node
  /** Which output of the node. */
  readonly output: number
}

/** An op applied to its inputs. Nodes are numbered as they are made, so inputs have smaller numbers. */
export interface Node {
  readonly id: number
  readonly op: Op
  readonly inputs: readonly Value[]
  readonly attributes: Attributes
  readonly outputs: readonly ValueType[]
  /** Where an output is written instead of memory of its own: a parameter that is updated, a metrics buffer. */
  readonly into: Readonly<Record<number, Value>>
  /** The layer or value that it belongs to, for the plan and for errors. */
  readonly label: string
}

/** What shapes do not say: flags and numbers. */
export type Attributes = Readonly<Record<string, number>>

interface OpBase {
  readonly name: string
  /**
   * Gradients with respect to each input, given the gradient of the first output; undefined where there is none.
   * An op without this rule ends the way back with an error.
   */
  readonly gradient?: (node: Node, gradient: Value) => readonly (Value | undefined)[]
}

/** Memory that the caller of a program provides: parameters, the dataset, metrics. */
export interface ExternalOp extends OpBase {
  readonly kind: 'external'
  /** Key under which the caller hands in the buffer. */
  readonly buffer: string
  /** Where the value starts in that buffer, in bytes; a multiple of 256. */
  readonly offset: number
}

/** A source of a matrix, read where it is used: its inputs are the hook's bindings in order. */
export interface LoadOp extends OpBase {
  readonly kind: 'load'
  readonly hook: LoadHook
  /** The same four columns at a time, for kernels that can use it where the columns are a multiple of 4. */
  readonly wideHook?: LoadHook
  readonly constants: (node: Node) => Constants
}

/** An elementwise op on its first input; the other inputs are the hook's bindings in order. */
export interface StoreOp extends OpBase {
  readonly kind: 'store'
  readonly hook: StoreHook
  readonly constants?: (node: Node) => Constants
  readonly flopsPerElement: number
  /** Set where it adds its second input, a vector, to every row. */
  readonly addsRow?: true
}

/** A kernel with what it needs to run on a node. */
export interface Variant {
  readonly name: string
  readonly kernel: KernelShader
  readonly constants: (node: Node) => Constants
  readonly workgroups: (node: Node) => readonly [number, number, number]
  /** Set where its subgroups must have so many invocations. */
  readonly subgroupSize?: number
  /** Set where it leaves its sum in parts, as [parts, M, N]: more than one want a second pass. */
  readonly split?: {
    readonly parts: (node: Node) => number
    /** Adds the parts up and calls the store hooks. */
    readonly sum: KernelShader
  }
}

/** Kernels of an op besides its own, for a kind of adapters. They have its slots and bindings. */
export interface VariantSet {
  /** The op's name. */
  readonly op: string
  readonly variants: readonly Variant[]
  /** The one that is likely to be the fastest with these operands; undefined where that is none of them. */
  readonly choose: (node: Node, target: KernelTarget, loads: Linking['loads']) => Variant | undefined
}

/** What a kernel is chosen for. */
export interface KernelTarget {
  readonly adapter: AdapterClass
  /** Of the device. */
  readonly features: ReadonlySet<string>
  /** Invocations of a subgroup, where that is one number. */
  readonly subgroupSize: number | undefined
  /** Whether a dispatch may be of two passes, with memory of its own between them. */
  readonly twoPasses: boolean
}

/** What a plan is made for. */
export interface Target extends KernelTarget {
  /** What is there beside the ops' own kernels; src/ops/variants/ has it. */
  readonly variantSets: readonly VariantSet[]
  /** The variants that are asked for; what it does not name is chosen. */
  readonly variants: VariantNames
  /** What a tuner found, by dispatch; passed over where the device does not admit it. */
  readonly choices: VariantNames
}

/** Names of variants, by the name of an op (`matmul`) or of a dispatch (`matmul → bias 128×10×128`). */
export type VariantNames = Readonly<Record<string, string>>

/** A kernel of its own, which is the variant that every device admits. */
export interface KernelOp extends OpBase, Variant {
  readonly kind: 'kernel'
  /** Set where there are variants: what the speed of one depends on, for people: `128×10×784`. */
  readonly sizes?: (node: Node) => string
  /** For each load slot, the input that it reads. */
  readonly loads: Readonly<Record<string, number>>
  /** Hooks that change what a load slot reads, whatever its source. */
  readonly adjusts?: (node: Node) => Readonly<Record<string, readonly AdjustHook[]>>
  /** For each other binding that is read, the input that it holds. */
  readonly reads: Readonly<Record<string, number>>
  /** The bindings of the outputs, in order. */
  readonly writes: readonly string[]
  readonly flops: (node: Node) => number
  /** Set where the output is the product of two of the inputs. */
  readonly productOf?: (node: Node) => Product
  /** Set where the output is the sum of the rows of the first input. */
  readonly isColumnSum?: true
  /**
   * The same node with the column sum of its right operand as one row more, `lastRowAt` elements behind the start of
   * the output; undefined where the node is not of that form.
   */
  readonly withColumnSum?: (node: Node, lastRowAt: number) => Value | undefined
  /**
   * A loss joined with the dense layer that makes its first input: a node whose outputs are those of the loss and the
   * gradient of the layer's input; undefined where the layer is too large for that.
   */
  readonly withOutputLayer?: (loss: Node, layer: DenseLayer) => Node | undefined
}

export interface Product {
  readonly a: Value
  readonly b: Value
  readonly transposeA: boolean
  readonly transposeB: boolean
}

/** input · weights + bias. */
export interface DenseLayer {
  readonly input: Value
  /** The memory from the weights [inputs, outputs] to the end of the bias, as a vector. */
  readonly weights: Value
  /** Where in it the bias begins, in elements. */
  readonly biasAt: number
}

export type Op = ExternalOp | LoadOp | StoreOp | KernelOp

export interface Application {
  readonly attributes?: Attributes
  readonly into?: Readonly<Record<number, Value>>
  readonly label?: string
}

let nodes = 0

/** Applies an op. The caller has checked the shapes; an op's own function in src/ops is what users call. */
export function apply(
  op: Op,
  inputs: readonly Value[],
  outputs: readonly [ValueType, ...ValueType[]],
  { attributes = {}, into = {}, label = labelOf(inputs) ?? op.name }: Application = {},
): Value {
  const other = op.kind === 'load' ? undefined : inputs.find(({ dtype }) => dtype !== 'f32')
  if (other !== undefined) {
    throw new ShapeError(
      `${op.name}: ${other.node.label} is ${other.dtype}; it takes f32, which gather makes of a dataset`,
    )
  }
  return outputOf({ id: nodes++, op, inputs, attributes, outputs, into, label }, 0)
}

/** The same value, written into an external value instead of memory of its own. */
export function writeInto({ node }: Value, target: Value): Value {
  const { op, inputs, outputs, attributes, label } = node
  return outputOf({ id: nodes++, op, inputs, outputs, attributes, into: { 0: target }, label }, 0)
}

/** The same node on other inputs of the same shapes. */
export function withInputs(node: Node, inputs: readonly Value[]): Node {
  return { ...node, id: nodes++, inputs }
}

/** A node belongs to the layer of its last operand: `dense_1` for what reads `dense_1.weight`. */
function labelOf(inputs: readonly Value[]): string | undefined {
  return inputs.at(-1)?.node.label.split('.')[0]
}

/** An output of a node as a value. */
export function outputOf(node: Node, output: number): Value {
  const type = node.outputs[output]
  if (type === undefined) throw new RangeError(`${node.op.name} has no output ${output}`)
  return { ...type, node, output }
}

/** An input of a node. */
export function inputOf(node: Node, input: number): Value {
  const value = node.inputs[input]
  if (value === undefined) throw new RangeError(`${node.op.name} has no input ${input}`)
  return value
}

export interface ExternalOptions extends ValueType {
  /** Key under which the caller hands in the buffer. */
  readonly buffer: string
  /** Where the value starts in that buffer, in bytes; a multiple of 256. */
  readonly offset?: number
  readonly label?: string
}

/** A value that lives in a buffer of the caller's. */
export function external({ buffer, offset = 0, label = buffer, shape, dtype }: ExternalOptions): Value {
  checkShape(label, shape)
  if (offset % 256 !== 0)
    throw new ShapeError(`${label}: starts at byte ${offset}; it must be a multiple of 256`)
  return apply({ kind: 'external', name: 'external', buffer, offset }, [], [{ shape, dtype }], { label })
}

/** The same for every object that stands for the value. */
export function keyOf({ node, output }: Value): string {
  return `${node.id}.${output}`
}

/** Rows and columns of a value: the last dimension, and all before it as one. */
export function matrixOf({ shape }: Pick<ValueType, 'shape'>): { rows: number; columns: number } {
  return { rows: shape.slice(0, -1).reduce((product, size) => product * size, 1), columns: shape.at(-1) ?? 1 }
}

export function elementsOf({ shape }: Pick<ValueType, 'shape'>): number {
  return shape.reduce((product, size) => product * size, 1)
}

/** Bytes in memory: u8 is packed four to a word. */
export function bytesOf(value: ValueType): number {
  return value.dtype === 'u8' ? Math.ceil(elementsOf(value) / 4) * 4 : elementsOf(value) * 4
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i])
}

export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`
}

/** Throws ShapeError unless every size is a whole number from 1 up. */
export function checkShape(label: string, shape: Shape): void {
  if (!shape.every((size) => Number.isSafeInteger(size) && size > 0)) {
    throw new ShapeError(
      `${label}: the shape is ${formatShape(shape)}; every size must be a whole number from 1 up`,
    )
  }
}
