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

/**
 * The name of the variant that is fast for a product on such a device.
 *
 * On processors, measured at the products of a training step of 784-128-10 and at 512³, GFLOP/s on two cores:
 * SwiftShader 5 to 12 with matmul_quad, 2 to 4 with matmul, 1 to 2 with matmul_tile; Mesa's llvmpipe 15 to 27, 7 to 16
 * and 6 to 9. On SwiftShader matmul_quad_large is 1.2 to 1.4 times as fast as matmul_quad, at 1024³ as at 64 × 64 × 784
 * and 1 × 1023 × 1025, and slower (0.7) where N is 10; on llvmpipe, which loads at less cost, it is slower.
 * On GPUs the tiles are what vendors' compilers predict to be faster (no spills, 8 waves on AMD); how many
 * tiles keep one busy is a guess from the number of cores: some tens on a discrete GPU, a few on an integrated one.
 */
export function chooseMatmul(node: Node, { adapter, features }: Target): string {
  const [x, y] = tilesOf(node, 64)
  switch (adapter) {
    case 'swiftshader':
      if (features.has('subgroups') && sizesOf(node).N > 16) return 'matmul_quad_large'
      return features.has('subgroups') ? 'matmul_quad' : 'matmul'
    case 'software':
      return features.has('subgroups') ? 'matmul_quad' : 'matmul'
    case 'discrete':
    case 'apple':
      return x * y >= 64 ? 'matmul_tile' : 'matmul_tile_small'
    case 'integrated':
      return x * y >= 16 ? 'matmul_tile' : 'matmul_tile_small'
  }
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

/** Those besides `matmul`. */
export const matmulVariants: readonly Variant[] = [quad, quadLarge, tile, tileSmall]

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
