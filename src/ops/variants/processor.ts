/** Kernels for software adapters: registers and no barriers, quads of invocations that swap what they load. */
import * as kernels from '../../generated/kernels.ts'
import { isProcessor } from '../../gpu/adapterClass.ts'
import type { Node, Target, Variant, VariantSet } from '../../graph/value.ts'
import { matmulConstants, sizesOf, tilesOf } from '../product.ts'
import { outputLayerVariant } from '../outputLayer.ts'

/** 16 × 16 outputs of a quad of invocations in registers; needs subgroups. */
const quad: Variant = {
  name: 'matmul_quad',
  kernel: kernels.matmul_quad,
  constants: (node) => ({ ...matmulConstants(node), QUADS: quadsOf(node) }),
  workgroups: (node) => tilesOf(node, 16 * quadsOf(node), 16),
}

/** Where rows are few, a second quad would have none. */
const quadsOf = (node: Node): number => (sizesOf(node).M > 16 ? 2 : 1)

/** 64 × 32 outputs of a quad of invocations, for SwiftShader, which takes ten times as long to compile it. */
const quadLarge: Variant = {
  name: 'matmul_quad_large',
  kernel: kernels.matmul_quad_large,
  constants: matmulConstants,
  workgroups: (node) => tilesOf(node, 64, 32),
  meanwhile: { swiftshader: quad },
}

const outputLayer = outputLayerVariant(kernels.dense_softmax_cross_entropy_quad)

/**
 * Measured at the products of a training step of 784-128-10 and at 512³, GFLOP/s on two cores: SwiftShader 5 to 12 with
 * matmul_quad, 2 to 4 with matmul, 1 to 2 with matmul_tile; Mesa's llvmpipe 15 to 27, 7 to 16 and 6 to 9. On SwiftShader
 * matmul_quad_large is 1.1 to 1.5 times as fast as matmul_quad, but 0.9 times at x · W₁ of bytes and slower where rows or
 * columns are few; on llvmpipe, which loads at less cost, it is slower.
 */
function chooseMatmul(node: Node, { adapter }: Target): Variant {
  const { M, N } = sizesOf(node)
  return adapter === 'swiftshader' && M > 32 && N > 16 ? quadLarge : quad
}

/** All of them need subgroups. */
const isFor = ({ adapter, features }: Target): boolean => isProcessor(adapter) && features.has('subgroups')

export const processorVariants: readonly VariantSet[] = [
  {
    op: 'matmul',
    variants: [quad, quadLarge],
    choose: (node, target) => (isFor(target) ? chooseMatmul(node, target) : undefined),
  },
  {
    op: 'dense_softmax_cross_entropy',
    variants: [outputLayer],
    choose: (_, target) => (isFor(target) ? outputLayer : undefined),
  },
]
