/**
 * The entry `wgrad/kernels`: the kernels that stand outside of training, each on a plain GPUDevice and plain buffers,
 * encoded into the caller's own pass. What may fail fails where a kernel is made or bound; encoding allocates nothing.
 */
import { ShapeError } from './errors.ts'
import { adapterClass } from './gpu/adapterClass.ts'
import { bufferUsage, describeAdapter } from './gpu/device.ts'
import { type BufferRange, type Kernel, bindKernel, createKernel } from './gpu/kernel.ts'
import type { StoreHook } from './gpu/link.ts'
import { operandOf } from './graph/fuse.ts'
import {
  type Shape,
  type Target,
  type Value,
  bytesOf,
  checkShape,
  external,
  inputOf,
  matrixOf,
} from './graph/value.ts'
import { mapVariant, variantOf } from './graph/variant.ts'
import { argmax as argmaxOp } from './ops/classes.ts'
import { columnSum as columnSumOp } from './ops/columnSum.ts'
import { operandShape } from './ops/elementwise.ts'
import { matmul as matmulOp } from './ops/matmul.ts'
import { softmax as softmaxOp } from './ops/softmax.ts'

export type { NamedStoreHook } from './gpu/hook.ts'
export { storeHook } from './gpu/hook.ts'
export type { BufferRange } from './gpu/kernel.ts'
export type { StoreHook } from './gpu/link.ts'

/** Store hooks: what happens to each element of a result on its way to memory, in the order given. `storeHook` makes more. */
export {
  add,
  bias,
  gelu,
  gelu_grad as geluGrad,
  relu,
  relu_grad as reluGrad,
  sigmoid,
  sigmoid_grad as sigmoidGrad,
  tanh,
  tanh_grad as tanhGrad,
} from './generated/hooks.ts'

/** A compiled kernel; `Name` are its bindings. */
export interface StandaloneKernel<Name extends string> {
  /** Shape and dtype of each binding. */
  readonly bindings: Readonly<Record<Name, string>>
  /**
   * Binds buffers, whole or from an offset that is a multiple of 256; call it once for each set of buffers.
   *
   * @throws ShapeError where a buffer is too small, lacks the usage STORAGE, starts at another offset, or is both read
   *   and written
   */
  bind(buffers: Readonly<Record<Name, GPUBuffer | BufferRange>>): KernelCall
}

/** A kernel with its buffers. */
export interface KernelCall {
  /** Encodes one dispatch; allocates nothing. */
  encode(pass: GPUComputePassEncoder): void
}

/** The bindings of store hooks. */
type HookBinding<Hooks extends readonly StoreHook[]> = Hooks[number]['bindings'][number]['name']

/** What `matmul` multiplies, and what happens to the product. */
export interface MatmulOptions<Hooks extends readonly StoreHook[]> {
  /** Rows of op(a) and of out. */
  readonly M: number
  /** Columns of op(b) and of out. */
  readonly N: number
  /** Columns of op(a), rows of op(b). */
  readonly K: number
  /** a is stored [K, M]. Default false. */
  readonly transposeA?: boolean
  /** b is stored [N, K]. Default false. */
  readonly transposeB?: boolean
  /** Applied to the product in this order. Default none. */
  readonly store?: Hooks
}

/**
 * out = store(op(a) · op(b)), all f32 and row-major; sums run along K in a fixed order.
 *
 * @throws ShapeError where a size is not a whole number from 1 up, or needs more workgroups than the device admits
 * @throws ShaderError where the shader does not compile
 * @example
 * const product = await matmul(device, { M: 128, N: 10, K: 784, store: [bias, relu] })
 * const call = product.bind({ a, b, bias: biasBuffer, out })
 * call.encode(pass)
 */
export async function matmul<const Hooks extends readonly StoreHook[] = []>(
  device: GPUDevice,
  { M, N, K, transposeA = false, transposeB = false, store }: MatmulOptions<Hooks>,
): Promise<StandaloneKernel<'a' | 'b' | 'out' | HookBinding<Hooks>>> {
  const a = operand('a', transposeA ? [K, M] : [M, K])
  const b = operand('b', transposeB ? [N, K] : [K, N])
  return await standalone(device, 'matmul', matmulOp(a, b, { transposeA, transposeB }), store)
}

/** The sizes of a matrix. */
export interface MatrixOptions {
  /** Rows of a. */
  readonly M: number
  /** Columns of a. */
  readonly N: number
}

/**
 * out [M, N] = store(a [M, N]), element by element, f32. Throws as `matmul` does.
 *
 * @example
 * const activation = await elementwise(device, { M: 128, N: 10, store: [bias, gelu] })
 */
export async function elementwise<const Hooks extends readonly [StoreHook, ...StoreHook[]]>(
  device: GPUDevice,
  { M, N, store }: MatrixOptions & { readonly store: Hooks },
): Promise<StandaloneKernel<'a' | 'out' | HookBinding<Hooks>>> {
  return await standalone(device, 'elementwise', operand('a', [M, N]), store)
}

/**
 * out [N] = the sum of the rows of a [M, N], f32, from the first row to the last. Throws as `matmul` does.
 *
 * @example
 * const sum = await columnSum(device, { M: 128, N: 10 })
 */
export async function columnSum(
  device: GPUDevice,
  { M, N }: MatrixOptions,
): Promise<StandaloneKernel<'a' | 'out'>> {
  return await standalone(device, 'columnSum', columnSumOp(operand('a', [M, N])))
}

/**
 * out [M, N] = softmax of each row of a [M, N], f32, stable for logits of any size. Throws as `matmul` does.
 *
 * @example
 * const probabilities = await softmax(device, { M: 128, N: 10 })
 */
export async function softmax(
  device: GPUDevice,
  { M, N }: MatrixOptions,
): Promise<StandaloneKernel<'a' | 'out'>> {
  return await standalone(device, 'softmax', softmaxOp(operand('a', [M, N])))
}

/**
 * out [M] u32 = the column of the largest value of each row of a [M, N] f32; the first of equals. Throws as `matmul` does.
 *
 * @example
 * const classes = await argmax(device, { M: 128, N: 10 })
 */
export async function argmax(
  device: GPUDevice,
  { M, N }: MatrixOptions,
): Promise<StandaloneKernel<'a' | 'out'>> {
  return await standalone(device, 'argmax', argmaxOp(operand('a', [M, N])))
}

/** A binding of the kernel's, under its own name. */
function operand(name: string, shape: Shape): Value {
  return external({ buffer: name, shape, dtype: 'f32' })
}

/** The kernel of a value's node, or the one that carries elementwise functions where the value is the operand. */
async function standalone<Name extends string>(
  device: GPUDevice,
  name: string,
  value: Value,
  store: readonly StoreHook[] = [],
): Promise<StandaloneKernel<Name>> {
  checkShape(name, value.shape)
  const { node } = value
  const { op } = node
  const isKernel = op.kind === 'kernel'
  const variant = isKernel ? variantOf(node, op, name, targetOf(device)).variant : mapVariant
  const operands = isKernel
    ? Object.entries(op.loads).map(([slot, input]) => [slot, inputOf(node, input)] as const)
    : ([['a', value]] as const)
  const workgroups = variant.workgroups(node)
  checkWorkgroups(name, workgroups, device.limits.maxComputeWorkgroupsPerDimension)
  const loads = operands.map(([slot, read]) => [slot, operandOf(slot, read, variant, false).chain] as const)
  const columns = operands.map(
    ([slot, read]) => [`${slot.toUpperCase()}_COLUMNS`, matrixOf(read).columns] as const,
  )
  const kernel = await createKernel(
    device,
    { kernel: variant.kernel, loads: Object.fromEntries(loads), store },
    { ...variant.constants(node), ...Object.fromEntries(columns) },
  )
  const shapes = Object.fromEntries(kernel.bindings.map(({ name, shape }) => [name, shape]))
  const held = new Map([...operands, ...store.flatMap((hook) => operandsOf(hook, value)), ['out', value]])
  return {
    bindings: shapes as Record<Name, string>,
    bind(buffers) {
      const ranges = Object.fromEntries(
        Object.entries<GPUBuffer | BufferRange>(buffers).map(([binding, given]) => {
          const range = 'buffer' in given ? given : { buffer: given }
          const operand = held.get(binding)
          if (operand === undefined) return [binding, range]
          checkRange(name, binding, range, bytesOf(operand))
          return [binding, { ...range, size: bytesOf(operand) }]
        }),
      )
      checkWritten(name, kernel, ranges)
      const group = bindKernel(device, kernel, ranges)
      return {
        encode(pass) {
          pass.setPipeline(kernel.pipeline)
          pass.setBindGroup(0, group)
          pass.dispatchWorkgroups(...workgroups)
        },
      }
    },
  }
}

function targetOf({ adapterInfo, features }: GPUDevice): Target {
  const adapter = adapterClass(describeAdapter(adapterInfo))
  return { adapter, features, variants: {}, choices: {}, twoPasses: false }
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

function checkRange(
  kernel: string,
  name: string,
  { buffer, offset = 0, size }: BufferRange,
  bytes: number,
): void {
  const has = Math.min(size ?? Infinity, buffer.size - offset)
  if (has < bytes) throw new ShapeError(`${kernel}: "${name}" needs ${bytes} bytes, the buffer has ${has}`)
  if (offset % 256 !== 0)
    throw new ShapeError(`${kernel}: "${name}" starts at byte ${offset}; it must be a multiple of 256`)
  if ((buffer.usage & bufferUsage.storage) === 0) {
    throw new ShapeError(
      `${kernel}: "${name}" is a buffer without the usage STORAGE; create it with GPUBufferUsage.STORAGE`,
    )
  }
}

/** WebGPU admits no buffer that one dispatch reads and writes, not even at different places. */
function checkWritten(
  kernel: string,
  { bindings }: Kernel,
  ranges: Readonly<Record<string, BufferRange>>,
): void {
  for (const { name } of bindings.filter(({ access }) => access === 'read_write')) {
    const buffer = ranges[name]?.buffer
    const reader = Object.keys(ranges).find((other) => other !== name && ranges[other]?.buffer === buffer)
    if (reader === undefined) continue
    throw new ShapeError(
      `${kernel}: "${name}" is written and "${reader}" is read, but both are one buffer; give "${name}" its own`,
    )
  }
}
