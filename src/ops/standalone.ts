/**
 * A kernel outside of a graph, for the entry wgrad/kernels: compiled for a plain device, bound to plain buffers, encoded
 * into the caller's own pass. What may fail fails in the making and in the binding.
 */
import { LimitError, ShaderError, ShapeError } from '../errors.ts'
import { adapterClass, subgroupSize } from '../gpu/adapterClass.ts'
import { bufferUsage, describeAdapter } from '../gpu/device.ts'
import { type BufferRange, type Kernel, bindKernel, bindSteps, createKernel } from '../gpu/kernel.ts'
import type { Constants, StoreHook } from '../gpu/link.ts'
import { stepBytes } from '../gpu/step.ts'
import { operandOf } from '../graph/fuse.ts'
import {
  type KernelOp,
  type Node,
  type Shape,
  type Value,
  type ValueType,
  type Variant,
  bytesOf,
  checkShape,
  external,
  inputOf,
  matrixOf,
} from '../graph/value.ts'
import { operandShape } from './elementwise.ts'
import { ownVariantSets } from './variants/load.ts'

/** A compiled kernel; `Name` are its bindings. */
export interface StandaloneKernel<Name extends string> {
  /** Shape and dtype of each binding. */
  readonly bindings: Readonly<Record<Name, string>>
  /**
   * Binds buffers, whole or from an offset that is a multiple of 256; call it once for each set of buffers.
   *
   * @throws ShapeError where a buffer is too small, lacks its usage (STORAGE, UNIFORM for `step`), starts at another
   *   offset, or is both read and written
   * @throws ShaderError where a binding is missing or unknown
   */
  bind(buffers: Readonly<Record<Name, GPUBuffer | BufferRange>>): KernelCall
}

/** A kernel with its buffers. */
export interface KernelCall {
  /** Encodes one dispatch; allocates nothing. */
  encode(pass: GPUComputePassEncoder): void
}

/** A binding of the kernel's, under its own name. */
export function operand(name: string, shape: Shape): Value {
  return external({ buffer: name, shape, dtype: 'f32' })
}

/** What runs, and what happens to a result on its way to memory. */
export interface StandaloneOptions {
  /** Default: the kernel of the value's op. */
  readonly variant?: Variant
  /** In this order. Default none. */
  readonly store?: readonly StoreHook[]
  /** Of the hooks' overrides. Default none. */
  readonly constants?: Constants
}

/**
 * A kernel that makes a value; or, where the value is the operand, that carries elementwise functions.
 *
 * @param name the function that asks for it, for errors
 */
export async function standalone<Name extends string>(
  device: GPUDevice,
  name: string,
  value: Value,
  { variant = kernelOf(value.node), store = [], constants = {} }: StandaloneOptions = {},
): Promise<StandaloneKernel<Name>> {
  checkShape(name, value.shape)
  const { node } = value
  const { op } = node
  const isKernel = op.kind === 'kernel'
  const loaded = isKernel ? inputsOf(value, op.loads) : ([['a', value]] as const)
  const workgroups = variant.workgroups(node)
  checkWorkgroups(name, workgroups, device.limits.maxComputeWorkgroupsPerDimension)
  const loads = loaded.map(([slot, read]) => [slot, operandOf(slot, read, variant, false).chain] as const)
  const columns = loaded.map(
    ([slot, read]) => [`${slot.toUpperCase()}_COLUMNS`, matrixOf(read).columns] as const,
  )
  const held = new Map<string, ValueType>([
    ...loaded,
    ...(isKernel ? inputsOf(value, op.reads) : []),
    ...store.flatMap((hook) => operandsOf(hook, value)),
    ...writtenBy(value),
  ])
  checkSizes(name, held, device.limits.maxStorageBufferBindingSize)
  const kernel = await createKernel(
    device,
    { kernel: variant.kernel, loads: Object.fromEntries(loads), store },
    { ...variant.constants(node), ...Object.fromEntries(columns), ...constants },
  )
  const shapes = kernel.bindings.map(({ name, shape }) => [name, shape] as const)
  const step = kernel.step ? [['step', `a uniform row of ${stepBytes} bytes, from stepRow`] as const] : []
  return {
    bindings: Object.fromEntries([...shapes, ...step]) as Record<Name, string>,
    bind: (buffers) => bind(device, name, kernel, { buffers, held, workgroups }),
  }
}

/**
 * The product that a device makes the fastest, as is likely.
 *
 * @param productBy what a kernel of a product makes
 */
export async function fastestProduct(
  { adapterInfo, features }: GPUDevice,
  productBy: (variant: Variant) => Value,
): Promise<Value> {
  const adapter = adapterClass(describeAdapter(adapterInfo))
  const variantSets = await ownVariantSets(adapter, features)
  const target = {
    adapter,
    features,
    subgroupSize: subgroupSize(adapterInfo),
    twoPasses: false,
  }
  const set = variantSets.find(({ op }) => op === 'matmul')
  const [any] = set?.variants ?? []
  const fastest = any && set?.choose(productBy(any).node, target, {})
  return productBy(fastest ?? (await import('./variants/portable.ts')).registers)
}

function kernelOf({ op }: Node): KernelOp {
  if (op.kind === 'kernel') return op
  throw new RangeError(`${op.name} has no kernel of its own`)
}

/** What a kernel is bound to. */
interface Binding {
  readonly buffers: Readonly<Record<string, GPUBuffer | BufferRange>>
  /** What each binding holds. */
  readonly held: ReadonlyMap<string, ValueType>
  readonly workgroups: readonly [number, number, number]
}

function bind(
  device: GPUDevice,
  name: string,
  kernel: Kernel,
  { buffers, held, workgroups }: Binding,
): KernelCall {
  const given = new Map(
    Object.entries(buffers).map(([binding, one]): [string, BufferRange] => [
      binding,
      'buffer' in one ? one : { buffer: one },
    ]),
  )
  const step = kernel.step ? given.get('step') : undefined
  if (kernel.step) {
    if (step === undefined) throw new ShaderError(`${name}: the binding "step" has no buffer`)
    checkRange(name, 'step', step, stepBytes, 'uniform')
    given.delete('step')
  }
  const ranges = Object.fromEntries(
    Array.from(given, ([binding, range]) => {
      const value = held.get(binding)
      if (value === undefined) return [binding, range]
      checkRange(name, binding, range, bytesOf(value), 'storage')
      return [binding, { ...range, size: bytesOf(value) }]
    }),
  )
  checkWritten(name, kernel, ranges)
  const group = bindKernel(device, kernel, ranges)
  const steps = step && { group: bindSteps(device, step.buffer), offset: [step.offset ?? 0] }
  return {
    encode(pass) {
      pass.setPipeline(kernel.pipeline)
      pass.setBindGroup(0, group)
      if (steps !== undefined) pass.setBindGroup(1, steps.group, steps.offset)
      pass.dispatchWorkgroups(...workgroups)
    },
  }
}

function inputsOf({ node }: Value, bindings: Readonly<Record<string, number>>): (readonly [string, Value])[] {
  return Object.entries(bindings).map(([binding, input]) => [binding, inputOf(node, input)] as const)
}

function writtenBy(value: Value): (readonly [string, ValueType])[] {
  const { op, outputs, into } = value.node
  if (op.kind !== 'kernel') return [['out', value]]
  return outputs.map((output, i) => [op.writes[i] ?? 'out', into[i] ?? output])
}

/** What a hook reads, by binding. */
function operandsOf({ bindings }: StoreHook, result: Value): (readonly [string, Value])[] {
  const { rows: M, columns: N } = matrixOf(result)
  return bindings.map((binding) => [binding.name, operand(binding.name, operandShape(binding, { M, N }))])
}

function checkWorkgroups(kernel: string, workgroups: readonly number[], most: number): void {
  const count = Math.max(...workgroups)
  if (count <= most) return
  throw new ShapeError(
    `${kernel}: ${count} workgroups in a row, the device admits ${most}; use smaller sizes`,
  )
}

function checkSizes(kernel: string, held: ReadonlyMap<string, ValueType>, most: number): void {
  for (const [name, value] of held) {
    if (bytesOf(value) <= most) continue
    throw new LimitError(
      `${kernel}: "${name}" has ${bytesOf(value)} bytes, the device binds at most ${most}; use smaller sizes`,
    )
  }
}

function checkRange(
  kernel: string,
  name: string,
  { buffer, offset = 0, size }: BufferRange,
  bytes: number,
  usage: 'storage' | 'uniform',
): void {
  const has = Math.min(size ?? Infinity, buffer.size - offset)
  if (has < bytes) throw new ShapeError(`${kernel}: "${name}" needs ${bytes} bytes, the buffer has ${has}`)
  if (offset % 256 !== 0)
    throw new ShapeError(`${kernel}: "${name}" starts at byte ${offset}; it must be a multiple of 256`)
  if ((buffer.usage & bufferUsage[usage]) === 0) {
    const flag = usage.toUpperCase()
    throw new ShapeError(
      `${kernel}: "${name}" is a buffer without the usage ${flag}; create it with GPUBufferUsage.${flag}`,
    )
  }
}

/** WebGPU admits no buffer that one dispatch reads and writes, not even at different places, nor bytes written twice. */
function checkWritten(
  kernel: string,
  { bindings }: Kernel,
  ranges: Readonly<Record<string, BufferRange>>,
): void {
  const accesses = new Map(bindings.map(({ name, access }) => [name, access]))
  for (const [name, range] of Object.entries(ranges)) {
    if (accesses.get(name) !== 'read_write') continue
    for (const [other, { buffer, ...rest }] of Object.entries(ranges)) {
      if (other === name || buffer !== range.buffer) continue
      if (accesses.get(other) !== 'read_write') {
        throw new ShapeError(
          `${kernel}: "${name}" is written and "${other}" is read, but both are one buffer; give "${name}" its own`,
        )
      }
      if (overlap(range, rest))
        throw new ShapeError(
          `${kernel}: "${name}" and "${other}" are both written and share bytes; part them`,
        )
    }
  }
}

type Bytes = Pick<BufferRange, 'offset' | 'size'>

function overlap(
  { offset: a = 0, size: aBytes = 0 }: Bytes,
  { offset: b = 0, size: bBytes = 0 }: Bytes,
): boolean {
  return a < b + bBytes && b < a + aBytes
}
