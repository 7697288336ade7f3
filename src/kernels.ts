/**
 * The entry `wgrad/kernels`: the kernels that stand outside of training, each on a plain GPUDevice and plain buffers,
 * encoded into the caller's own pass. What may fail fails where a kernel is made or bound; encoding allocates nothing.
 */
import { ShapeError } from './errors.ts'
import { hooks } from './generated/shaders.ts'
import { adapterClass } from './gpu/adapterClass.ts'
import { bufferUsage, describeAdapter } from './gpu/device.ts'
import { type BufferRange, type Kernel, bindKernel, createKernel } from './gpu/kernel.ts'
import { type StoreHook, linkingName } from './gpu/link.ts'
import { makePlan } from './graph/plan.ts'
import { type Shape, type Value, checkShape, external, matrixOf, writeInto } from './graph/value.ts'
import { argmax as argmaxOp } from './ops/classes.ts'
import { columnSum as columnSumOp } from './ops/columnSum.ts'
import { elementwise as elementwiseOp, operandShape } from './ops/elementwise.ts'
import { matmul as matmulOp } from './ops/matmul.ts'
import { softmax as softmaxOp } from './ops/softmax.ts'

export { storeHook } from './gpu/hook.ts'
export type { BufferRange } from './gpu/kernel.ts'

/** Store hooks: what happens to each element of a result on its way to memory, in the order given. `storeHook` makes more. */
export const { add, bias, gelu, gelu_grad: geluGrad, relu, relu_grad: reluGrad } = hooks
export const { sigmoid, sigmoid_grad: sigmoidGrad, tanh, tanh_grad: tanhGrad } = hooks

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
  return await standalone(device, stored(matmulOp(a, b, { transposeA, transposeB }), store))
}

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
  return await standalone(device, stored(operand('a', [M, N]), store))
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
  return await standalone(device, columnSumOp(operand('a', [M, N])))
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
  return await standalone(device, softmaxOp(operand('a', [M, N])))
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
  return await standalone(device, argmaxOp(operand('a', [M, N])))
}

/** A binding of the kernel's, under its own name. */
function operand(name: string, shape: Shape): Value {
  return external({ buffer: name, shape, dtype: 'f32' })
}

function stored(value: Value, store: readonly StoreHook[] = []): Value {
  const { rows: M, columns: N } = matrixOf(value)
  return store.reduce((input, hook) => {
    const operands = hook.bindings.map((one) => operand(one.name, operandShape(one, { M, N })))
    return elementwiseOp({ hook, flopsPerElement: 1 })(input, ...operands)
  }, value)
}

async function standalone<Name extends string>(
  device: GPUDevice,
  value: Value,
): Promise<StandaloneKernel<Name>> {
  checkShape(value.node.op.name, value.shape)
  const out = external({ buffer: 'out', shape: value.shape, dtype: value.dtype })
  const { dispatches } = makePlan({
    effects: [writeInto(value, out)],
    adapter: adapterClass(describeAdapter(device.adapterInfo)),
    features: device.features,
    maxBindings: device.limits.maxStorageBuffersPerShaderStage,
    twoPasses: false,
  })
  const [dispatch, second] = dispatches
  if (dispatch === undefined || second !== undefined) {
    const names = dispatches.map(({ linking }) => linkingName(linking)).join(', then ')
    throw new ShapeError(
      `${names}: these hooks do not fit into one dispatch; a hook with bindings links once`,
    )
  }
  const { linking, constants, bindings, workgroups } = dispatch
  const { name } = value.node.op
  const most = device.limits.maxComputeWorkgroupsPerDimension
  const count = Math.max(...workgroups)
  if (count > most)
    throw new ShapeError(
      `${name}: ${count} workgroups in a row, the device admits ${most}; use smaller sizes`,
    )
  const kernel = await createKernel(device, linking, constants)
  const shapes = Object.fromEntries(kernel.bindings.map(({ name, shape }) => [name, shape]))
  return {
    bindings: shapes as Record<Name, string>,
    bind(buffers) {
      const ranges = Object.fromEntries(
        Object.entries<GPUBuffer | BufferRange>(buffers).map(([binding, given]) => {
          const range = 'buffer' in given ? given : { buffer: given }
          const bytes = bindings[binding]?.size
          if (bytes === undefined) return [binding, range]
          checkRange(name, binding, range, bytes)
          return [binding, { ...range, size: bytes }]
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
