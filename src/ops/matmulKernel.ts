/**
 * A product of matrices as a kernel: what `wgrad/kernels` runs. To a graph src/ops/matmul.ts adds its rules, and
 * src/ops/variants/ has other kernels for it.
 */
import * as kernels from '../generated/kernels.ts'
import { type KernelOp, type Node, inputOf } from '../graph/value.ts'

/** The attributes are `transposeA` and `transposeB`, and `lastRowAt` where a is read with a column of ones. */
export const matmulKernel: KernelOp = {
  kind: 'kernel',
  name: 'matmul',
  // 8 × 8 outputs of an invocation in registers: no workgroup memory and no feature.
  kernel: kernels.matmul,
  constants: (node) => {
    const { x, y } = workgroupOf(sizesOf(node).N)
    return { ...matmulConstants(node), WORKGROUP_X: x, WORKGROUP_Y: y }
  },
  workgroups: (node) => {
    const { x, y } = workgroupOf(sizesOf(node).N)
    return tilesOf(node, 8 * y, 8 * x)
  },
  loads: { a: 0, b: 1 },
  reads: {},
  writes: ['out'],
  flops: (node) => {
    const { M, N, K } = sizesOf(node)
    return 2 * M * N * K
  },
}

/** 64 invocations, as wide as the output needs: a narrow output would waste the columns past its edge. */
function workgroupOf(N: number): { x: number; y: number } {
  const x = Math.min(8, 2 ** Math.ceil(Math.log2(Math.ceil(N / 8))))
  return { x, y: 64 / x }
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
