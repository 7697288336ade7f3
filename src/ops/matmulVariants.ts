/** The kernels that make a matrix product, and which of them is fast where. All of them take the same hooks. */
import * as kernels from '../generated/kernels.ts'
import { isProcessor } from '../gpu/adapterClass.ts'
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

/**
 * The name of the variant that is fast for a product on such a device.
 *
 * On processors, measured at the products of a training step of 784-128-10 and at 512³, GFLOP/s on two cores:
 * SwiftShader 5 to 12 with matmul_quad, 2 to 4 with matmul, 1 to 2 with matmul_tile; Mesa's llvmpipe 15 to 27, 7 to 16
 * and 6 to 9. On SwiftShader matmul_quad_large is 1.2 to 1.4 times as fast as matmul_quad, at 1024³ as at 64 × 64 × 784
 * and 1 × 1023 × 1025, and slower (0.7) where N is 10; on llvmpipe, which loads at less cost, it is slower.
 * On GPUs the tiles are what vendors' compilers admit without spills, with 14 waves or more per SIMD of AMD
 * (bench/GPU.md). A discrete GPU of 100 compute units has 200 SIMDs: 256 tiles of 64 × 64 are two to three waves of 64
 * for each; where there are fewer, tiles of 32 × 32 are four times as many, and where even those are few the sum is
 * split. Of Apple's no compiler tells anything here. On an integrated GPU the sums of 64 × 64 tiles fill half of the
 * registers (Intel's, at 16 invocations a thread), and some linkings spill; those of 32 × 32 do not.
 */
export function chooseMatmul(node: Node, { adapter, features, twoPasses }: Target): string {
  if (isProcessor(adapter)) {
    if (!features.has('subgroups')) return 'matmul'
    return adapter === 'swiftshader' && sizesOf(node).N > 16 ? 'matmul_quad_large' : 'matmul_quad'
  }
  const isSmall = adapter === 'integrated'
  const count = (size: number): number => {
    const [x, y] = tilesOf(node, size)
    return x * y
  }
  if (!isSmall && count(64) >= 256) return 'matmul_tile'
  const isIdle = count(32) < (isSmall ? 16 : 64)
  return twoPasses && isIdle && partsOf(node) > 1 ? 'matmul_split' : 'matmul_tile_small'
}

/** 8 × 8 outputs of an invocation in registers: no workgroup memory and no feature. */
export const matmulRegisters: Variant = {
  name: 'matmul',
  kernel: kernels.matmul,
  constants: (node) => {
    const { x, y } = workgroupOf(sizesOf(node).N)
    return { ...sharedConstants(node), WORKGROUP_X: x, WORKGROUP_Y: y }
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

/** 16 × 16 outputs of a quad of invocations in registers; needs subgroups. */
const quad: Variant = {
  name: 'matmul_quad',
  kernel: kernels.matmul_quad,
  constants: sharedConstants,
  workgroups: (node) => tilesOf(node, 16 * kernels.matmul_quad.workgroup[1], 16),
}

/** 32 × 32 outputs of a quad of invocations, for SwiftShader; needs subgroups. */
const quadLarge: Variant = {
  name: 'matmul_quad_large',
  kernel: kernels.matmul_quad_large,
  constants: sharedConstants,
  workgroups: (node) => tilesOf(node, 32),
}

/** 64 × 64 outputs of a workgroup, through workgroup memory. */
const tile: Variant = {
  name: 'matmul_tile',
  kernel: kernels.matmul_tile,
  constants: sharedConstants,
  workgroups: (node) => tilesOf(node, 64),
}

/** 32 × 32 outputs of a workgroup, through workgroup memory. */
const tileSmall: Variant = {
  name: 'matmul_tile_small',
  kernel: kernels.matmul_tile_small,
  constants: sharedConstants,
  workgroups: (node) => tilesOf(node, 32),
}

/** The same on parts of the sum over k, which a second pass adds up: where tiles are few and sums are long. */
const split: Variant = {
  ...tileSmall,
  name: 'matmul_split',
  constants: (node) => ({ ...sharedConstants(node), PARTS: partsOf(node) }),
  workgroups: (node) => {
    const [x, y] = tileSmall.workgroups(node)
    return [x, y, partsOf(node)]
  },
  parts: partsOf,
}

/** As many parts as bring the workgroups to what keeps a GPU busy, each of 128 values of k at least. */
function partsOf(node: Node): number {
  const [x, y] = tilesOf(node, 32)
  return Math.max(1, Math.min(Math.floor(sizesOf(node).K / 128), Math.ceil(128 / (x * y))))
}

/** Those besides `matmul`. */
export const matmulVariants: readonly Variant[] = [quad, quadLarge, tile, tileSmall, split]

function tilesOf(node: Node, rows: number, columns = rows): [number, number, number] {
  const { M, N } = sizesOf(node)
  return [Math.ceil(N / columns), Math.ceil(M / rows), 1]
}

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
