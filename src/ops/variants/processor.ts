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
  constants: matmulConstants,
  workgroups: (node) => tilesOf(node, 16 * kernels.matmul_quad.workgroup[1], 16),
}

/** 32 × 32 outputs of a quad of invocations, for SwiftShader, which takes five times as long to compile it. */
const quadLarge: Variant = {
  name: 'matmul_quad_large',
  kernel: kernels.matmul_quad_large,
  constants: matmulConstants,
  workgroups: (node) => tilesOf(node, 32),
  meanwhile: { swiftshader: quad },
}

const outputLayer = outputLayerVariant(kernels.dense_softmax_cross_entropy_quad)

/**
 * Measured at the products of a training step of 784-128-10 and at 512³, GFLOP/s on two cores: SwiftShader 5 to 12 with
 * matmul_quad, 2 to 4 with matmul, 1 to 2 with matmul_tile; Mesa's llvmpipe 15 to 27, 7 to 16 and 6 to 9. On SwiftShader
 * matmul_quad_large is 1.2 to 1.4 times as fast as matmul_quad, at 1024³ as at 64 × 64 × 784 and 1 × 1023 × 1025, and
 * slower (0.7) where N is 10; on llvmpipe, which loads at less cost, it is slower.
 */
function chooseMatmul(node: Node, { adapter }: Target): Variant {
  return adapter === 'swiftshader' && sizesOf(node).N > 16 ? quadLarge : quad
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
