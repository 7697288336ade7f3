/**
 * The entry `wgrad/kernels`: the kernels that stand outside of training, each on a plain GPUDevice and plain buffers,
 * encoded into the caller's own pass. What may fail fails where a kernel is made or bound; encoding allocates nothing.
 */
import { adam as adamHook } from './generated/hooks.ts'
import type { StoreHook } from './gpu/link.ts'
import { type Step, stepBytes, writeStep } from './gpu/step.ts'
import { apply, external } from './graph/value.ts'
import { mapVariant } from './graph/variant.ts'
import { argmax as argmaxOp } from './ops/classes.ts'
import { columnSum as columnSumOp } from './ops/columnSum.ts'
import { lossParts } from './ops/lossParts.ts'
import { softmaxCrossEntropy as softmaxCrossEntropyOp } from './ops/losses.ts'
import { productSlots } from './ops/product.ts'
import { softmax as softmaxOp } from './ops/softmax.ts'
import { type StandaloneKernel, fastestProduct, operand, standalone } from './ops/standalone.ts'

export type { NamedStoreHook } from './gpu/hook.ts'
export { storeHook } from './gpu/hook.ts'
export type { BufferRange } from './gpu/kernel.ts'
export type { StoreHook } from './gpu/link.ts'
export type { KernelCall, StandaloneKernel } from './ops/standalone.ts'

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
  const attributes = { transposeA: Number(transposeA), transposeB: Number(transposeB) }
  const product = await fastestProduct(device, (variant) =>
    apply({ ...productSlots, ...variant }, [a, b], [{ shape: [M, N], dtype: 'f32' }], { attributes }),
  )
  return await standalone(device, 'matmul', product, { store: store ?? [] })
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
  return await standalone(device, 'elementwise', operand('a', [M, N]), { variant: mapVariant, store })
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

/**
 * Loss, gradient and right answers of a batch, in one pass: Σ −t · log softmax(z), stable for logits of any size.
 *
 * `logits` [M, N] f32 and `targets` [M, N] f32, whose rows are one-hot or soft, give `gradient` [M, N] f32, that of the
 * mean over the rows that count, and `metrics` [`parts`, 2] f32: the sum of losses and the number of right answers of
 * each workgroup's rows, to be added up. `step` says how many rows count: `stepRow({ count: M })`. Throws as `matmul`
 * does.
 *
 * @example
 * const loss = await softmaxCrossEntropy(device, { M: 128, N: 10 })
 * loss.parts // 8
 */
export async function softmaxCrossEntropy(
  device: GPUDevice,
  { M, N }: MatrixOptions,
): Promise<SoftmaxCrossEntropyKernel> {
  const parts = lossParts(M)
  const metrics = external({ buffer: 'metrics', shape: [1, parts, 2], dtype: 'f32' })
  const targets = operand('targets', [M, N])
  const loss = softmaxCrossEntropyOp({ output: operand('logits', [M, N]), targets, metrics })
  return Object.assign(await standalone<SoftmaxCrossEntropyBinding>(device, 'softmaxCrossEntropy', loss), {
    parts,
  })
}

type SoftmaxCrossEntropyBinding = 'logits' | 'targets' | 'metrics' | 'gradient' | 'step'

/** The kernel of `softmaxCrossEntropy`. */
export interface SoftmaxCrossEntropyKernel extends StandaloneKernel<SoftmaxCrossEntropyBinding> {
  /** In how many parts the metrics come. */
  readonly parts: number
}

/** What `adam` needs to know when it is compiled. */
export interface AdamKernelOptions extends MatrixOptions {
  /** Decay of the mean of gradients. Default 0.9. */
  readonly beta1?: number
  /** Decay of the mean of squared gradients. Default 0.999. */
  readonly beta2?: number
}

/**
 * Adam's update in place: `a` [M, N] is the gradient, `out` [M, N] the parameter, `first_moment` and `second_moment`
 * [M, N] what it keeps, zeros at first; all f32. Kingma & Ba 2015, algorithm 1 in the form of the end of section 2: at
 * step t, `step` holds `stepRow({ learningRate: α · √(1 − β₂ᵗ) / (1 − β₁ᵗ), epsilon: ε · √(1 − β₂ᵗ) })`, which is what
 * `adam().stepSize(α, t)` of `wgrad` gives. Throws as `matmul` does.
 *
 * @example
 * const update = await adam(device, { M: 784, N: 128 })
 */
export async function adam(
  device: GPUDevice,
  { M, N, beta1 = 0.9, beta2 = 0.999 }: AdamKernelOptions,
): Promise<StandaloneKernel<'a' | 'first_moment' | 'second_moment' | 'out' | 'step'>> {
  return await standalone(device, 'adam', operand('a', [M, N]), {
    variant: mapVariant,
    store: [adamHook],
    constants: { ONE_MINUS_BETA1: 1 - beta1, ONE_MINUS_BETA2: 1 - beta2 },
  })
}

/**
 * The uniform row that `step` bindings hold: 20 bytes, to be written into a buffer with the usage UNIFORM before the
 * pass is submitted. What is left out is 0.
 *
 * @example
 * device.queue.writeBuffer(step, 0, stepRow({ count: 128 }))
 */
export function stepRow(step: Partial<Step>): Uint8Array<ArrayBuffer> {
  const row = new Uint8Array(stepBytes)
  writeStep(new DataView(row.buffer), 0, { begin: 0, count: 0, metricsRow: 0, ...step })
  return row
}
