/** Kernels for software adapters: registers and no barriers, quads of invocations that swap what they load. */
import * as kernels from '../../generated/kernels.ts'
import { isProcessor } from '../../gpu/adapterClass.ts'
import type { Linking } from '../../gpu/link.ts'
import { type KernelTarget, type Node, type Variant, type VariantSet, inputOf } from '../../graph/value.ts'
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

/** Two quads that share what they load of b: a subgroup of eight. */
const quadPair: Variant = {
  name: 'matmul_quad_pair',
  kernel: kernels.matmul_quad,
  constants: (node) => ({ ...matmulConstants(node), PAIR: 1 }),
  workgroups: (node) => tilesOf(node, 32, 16),
  subgroupSize: 8,
}

/**
 * The same where the left operand has many zeros, as bytes of images have. Of a gradient a block is 4 × 4 pixels of four
 * examples, which more often are all zeros than 16 in a line are.
 */
const sparse = (one: Variant): Variant => ({
  ...one,
  name: `${one.name}_sparse`,
  kernel: kernels.matmul_quad_sparse,
  constants: (node) => ({ ...one.constants(node), LINE: inputOf(node, 0).node.attributes.line ?? 1 }),
})

const quadSparse = sparse(quad)
const quadPairSparse = sparse(quadPair)

/** 12 × 16 outputs of a quad, for SwiftShader: a turn of its loop fits the cache of instructions. */
const quadSmall: Variant = {
  name: 'matmul_quad_small',
  kernel: kernels.matmul_quad,
  constants: (node) => ({ ...matmulConstants(node), BANDS: 3, QUADS: 1 }),
  workgroups: (node) => tilesOf(node, 12, 16),
}

const outputLayer = outputLayerVariant(kernels.dense_softmax_cross_entropy_quad)

/** By two quads, for subgroups that are two. */
const outputLayerPair: Variant = {
  ...outputLayer,
  name: 'dense_softmax_cross_entropy_quad_pair',
  constants: (node) => ({ ...outputLayer.constants(node), QUADS: 2 }),
}

/**
 * Measured at the products of a training step of 784-128-10 and at 512³, GFLOP/s on two cores: SwiftShader 5 to 12 with
 * matmul_quad, 2 to 4 with matmul, 1 to 2 with matmul_tile; Mesa's llvmpipe 15 to 27, 7 to 16 and 6 to 9, and with
 * matmul_quad_pair 1.2 times as many. On SwiftShader matmul_quad_small is 1.2 times as fast as matmul_quad at 512³, but
 * 0.9 times at x · W₁, since the code that loads bytes is short enough for 16 rows. Bytes are looked through for zeros
 * (train/batchOrder.ts).
 */
function chooseMatmul(target: KernelTarget, { a }: Linking['loads']): Variant {
  const isBytes = a?.[0].words === true
  if (isPaired(target)) return isBytes ? quadPairSparse : quadPair
  if (isBytes) return quadSparse
  return target.adapter === 'swiftshader' ? quadSmall : quad
}

/** All of them need subgroups. */
const isFor = ({ adapter, features }: KernelTarget): boolean =>
  isProcessor(adapter) && features.has('subgroups')

/** Whether a subgroup is two quads. */
const isPaired = ({ subgroupSize }: KernelTarget): boolean => subgroupSize === quadPair.subgroupSize

export const processorVariants: readonly VariantSet[] = [
  {
    op: 'matmul',
    variants: [quad, quadPair, quadSmall, quadSparse, quadPairSparse],
    choose: (_, target, loads) => (isFor(target) ? chooseMatmul(target, loads) : undefined),
  },
  {
    op: 'dense_softmax_cross_entropy',
    variants: [outputLayer, outputLayerPair],
    choose: (_, target) => {
      if (!isFor(target)) return undefined
      return isPaired(target) ? outputLayerPair : outputLayer
    },
  },
]
