/** The kernels that make a matrix product, and which of them is fast where. All of them take the same hooks. */
import { kernels } from '../generated/shaders.ts'
import { type Node, type Target, type Variant, inputOf } from '../graph/value.ts'

/** A product of [M, K] by [K, N]. */
export interface MatmulSizes {
  readonly M: number
  readonly N: number
  readonly K: number
}

export function sizesOf(node: Node): MatmulSizes {
  const [M = 0, N = 0] = node.outputs[0]?.shape ?? []
  const a = inputOf(node, 0).shape
  return { M, N, K: (node.attributes.transposeA === 1 ? a[0] : a[1]) ?? 0 }
}

/** The name of the variant that is fast for a product on such a device. */
export function chooseMatmul(_: Node, { adapter, features }: Target): string {
  return adapter === 'software' && features.has('subgroups') ? 'matmul_quad' : 'matmul'
}

/** 8 × 8 outputs of an invocation in registers: no workgroup memory, no feature, admitted everywhere. */
export const matmulRegisters: Variant = {
  name: 'matmul',
  kernel: kernels.matmul,
  constants: (node) => {
    const { x, y } = workgroupOf(sizesOf(node).N)
    return { ...sharedConstants(node), WORKGROUP_X: x, WORKGROUP_Y: y }
  },
  workgroups: (node) => {
    const { M, N } = sizesOf(node)
    const { x, y } = workgroupOf(N)
    return [Math.ceil(N / (x * 8)), Math.ceil(M / (y * 8)), 1]
  },
}

/** 64 invocations, as wide as the output needs: a narrow output would waste the columns past its edge. */
function workgroupOf(N: number): { x: number; y: number } {
  const x = Math.min(8, 2 ** Math.ceil(Math.log2(Math.ceil(N / 8))))
  return { x, y: 64 / x }
}

/** 16 × 16 outputs of a quad of invocations in registers; needs subgroups. */
const quad: Variant = {
  name: 'matmul_quad',
  kernel: kernels.matmul_quad,
  constants: sharedConstants,
  workgroups: (node) => {
    const { M, N } = sizesOf(node)
    return [Math.ceil(N / 16), Math.ceil(M / (16 * kernels.matmul_quad.workgroup[1])), 1]
  },
}

/** Those besides `matmul`. */
export const matmulVariants: readonly Variant[] = [quad]

function sharedConstants(node: Node): Record<string, number> {
  const { M, N, K } = sizesOf(node)
  const { transposeA = 0, transposeB = 0, lastRowAt } = node.attributes
  return {
    M,
    N,
    K,
    TRANSPOSE_A: transposeA,
    TRANSPOSE_B: transposeB,
    ...(lastRowAt === undefined ? {} : { LAST_ROW_AT: lastRowAt, ONES_COLUMN: M - 1 }),
  }
}
