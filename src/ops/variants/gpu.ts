/** Kernels for GPUs: tiles of the result in workgroup memory. */
import * as kernels from '../../generated/kernels.ts'
import { isProcessor } from '../../gpu/adapterClass.ts'
import type { KernelTarget, Node, Variant, VariantSet } from '../../graph/value.ts'
import { matmulConstants, sizesOf, tilesOf } from '../product.ts'

/** 64 × 64 outputs of a workgroup, through workgroup memory. */
const tile: Variant = {
  name: 'matmul_tile',
  kernel: kernels.matmul_tile,
  constants: matmulConstants,
  workgroups: (node) => tilesOf(node, 64),
}

/** 32 × 32 outputs of a workgroup, through workgroup memory. */
const tileSmall: Variant = {
  name: 'matmul_tile_small',
  kernel: kernels.matmul_tile_small,
  constants: matmulConstants,
  workgroups: (node) => tilesOf(node, 32),
}

/** The same on parts of the sum over k, which a second pass adds up: where tiles are few and sums are long. */
const split: Variant = {
  ...tileSmall,
  name: 'matmul_split',
  constants: (node) => ({ ...matmulConstants(node), PARTS: partsOf(node) }),
  workgroups: (node) => {
    const [x, y] = tileSmall.workgroups(node)
    return [x, y, partsOf(node)]
  },
  split: { parts: partsOf, sum: kernels.sum_parts },
}

/** As many parts as bring the workgroups to what keeps a GPU busy, each of 128 values of k at least. */
function partsOf(node: Node): number {
  const [x, y] = tilesOf(node, 32)
  return Math.max(1, Math.min(Math.floor(sizesOf(node).K / 128), Math.ceil(128 / (x * y))))
}

/**
 * The tiles are what vendors' compilers admit without spills, with 14 waves or more per SIMD of AMD (bench/GPU.md). A
 * discrete GPU of 100 compute units has 200 SIMDs: 256 tiles of 64 × 64 are two to three waves of 64 for each; where
 * there are fewer, tiles of 32 × 32 are four times as many, and where even those are few the sum is split. Of Apple's no
 * compiler tells anything here. On an integrated GPU the sums of 64 × 64 tiles fill half of the registers (Intel's, at 16
 * invocations a thread), and some linkings spill; those of 32 × 32 do not.
 */
function chooseMatmul(node: Node, { adapter, twoPasses }: KernelTarget): Variant | undefined {
  if (isProcessor(adapter)) return undefined
  const isSmall = adapter === 'integrated'
  const count = (size: number): number => {
    const [x, y] = tilesOf(node, size)
    return x * y
  }
  if (!isSmall && count(64) >= 256) return tile
  const isIdle = count(32) < (isSmall ? 16 : 64)
  return twoPasses && isIdle && partsOf(node) > 1 ? split : tileSmall
}

export const gpuVariants: readonly VariantSet[] = [
  { op: 'matmul', variants: [tile, tileSmall, split], choose: chooseMatmul },
]
