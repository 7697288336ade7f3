/** A product of matrices: what the kernels that make one have in common. They are in src/ops/variants/. */
import { type KernelOp, type Node, type Variant, inputOf } from '../graph/value.ts'

/** The attributes of a node are `transposeA` and `transposeB`, and `lastRowAt` where a is read with a column of ones. */
export const productSlots: Omit<KernelOp, keyof Variant> = {
  kind: 'kernel',
  loads: { a: 0, b: 1 },
  reads: {},
  writes: ['out'],
  flops: (node) => {
    const { M, N, K } = sizesOf(node)
    return 2 * M * N * K
  },
}

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

/** Workgroups for tiles of so many rows and columns of the result. */
export function tilesOf(node: Node, rows: number, columns = rows): [number, number, number] {
  const { M, N } = sizesOf(node)
  return [Math.ceil(N / columns), Math.ceil(M / rows), 1]
}

/** The overrides that the kernels have in common. */
export function matmulConstants(node: Node): Record<string, number> {
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
