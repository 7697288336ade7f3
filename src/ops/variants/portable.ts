/** The kernel of a product that every device admits. */
import * as kernels from '../../generated/kernels.ts'
import type { Variant } from '../../graph/value.ts'
import { matmulConstants, sizesOf, tilesOf } from '../product.ts'

/** 8 × 8 outputs of an invocation in registers: no workgroup memory and no feature. */
export const registers: Variant = {
  name: 'matmul',
  kernel: kernels.matmul,
  constants: (node) => {
    const { x, y } = workgroupOf(sizesOf(node).N)
    return { ...matmulConstants(node), WORKGROUP_X: x, WORKGROUP_Y: y }
  },
  workgroups: (node) => {
    const { x, y } = workgroupOf(sizesOf(node).N)
    return tilesOf(node, 8 * y, 8 * x)
  },
}

/** 64 invocations, as wide as the output needs: a narrow output would waste the columns past its edge. */
function workgroupOf(N: number): { x: number; y: number } {
  const x = Math.min(8, 2 ** Math.ceil(Math.log2(Math.ceil(N / 8))))
  return { x, y: 64 / x }
}
