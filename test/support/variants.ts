/** The products of the case table by the other kernels that make one: each must do what matmul does. */
import * as hooks from '../../src/generated/hooks.ts'
import * as kernels from '../../src/generated/kernels.ts'
import { subgroupSize } from '../../src/gpu/adapterClass.ts'
import type { LoadChain, LoadHook } from '../../src/gpu/link.ts'
import { type Node, type Value, type Variant, external } from '../../src/graph/value.ts'
import { matmul } from '../../src/ops/matmul.ts'
import { allVariantSets } from '../../src/ops/variants/load.ts'
import { type Case, cases } from '../cases.ts'

const products = cases.filter(
  ({ linking, name }) => linking.kernel === kernels.matmul && !name.includes('workgroups'),
)

/** What a plan may choose from. */
export const variantSets = await allVariantSets()

/** All of matmul but its own kernel. */
export const matmulVariants = variantSets
  .filter(({ op }) => op === 'matmul')
  .flatMap(({ variants }) => variants)

/** What the device lacks that a variant needs; undefined where it lacks nothing. */
export function lackOf(variant: Variant, { features, adapterInfo }: GPUDevice): string | undefined {
  if (variant.kernel.subgroups && !features.has('subgroups')) return 'subgroups'
  const wanted = variant.subgroupSize
  if (wanted === undefined || wanted === subgroupSize(adapterInfo)) return undefined
  return `subgroups of ${wanted} invocations`
}

/** Each variant with the cases that it can run; one of two passes is not a dispatch of the table. */
export const variantCases: readonly (readonly [Variant, readonly Case[]])[] = matmulVariants
  .filter(({ split }) => split === undefined)
  .map((variant) => {
    const all = products.map((product) => withVariant(product, variant))
    const words: readonly string[] = variant.kernel.words ?? []
    const own = all.filter(({ linking: { loads } }) => words.every((slot) => loads[slot]?.[0].words))
    return [variant, [...own, ...own.flatMap(inLines)]]
  })

/** The same with blocks of rows that are pixels of images, whose lines are two words or seven. */
function inLines(product: Case): Case[] {
  const { M, TRANSPOSE_A, LAST_ROW_AT, LINE } = product.constants
  const pixels = LAST_ROW_AT === undefined ? M! : M! - 1
  const lines = LINE === undefined || TRANSPOSE_A !== 1 ? [] : [2, 7]
  return lines
    .filter((line) => pixels % (16 * line) === 0)
    .map((line) => ({
      ...product,
      name: `${product.name}, lines of ${line} words`,
      constants: { ...product.constants, LINE: line },
    }))
}

/** The same product by another kernel: with hooks of four columns where it calls them and rows divide into them. */
function withVariant(product: Case, variant: Variant): Case {
  const node = nodeOf(product)
  const ofMatmul = ['WORKGROUP_X', 'WORKGROUP_Y']
  const constants = Object.fromEntries(
    Object.entries(product.constants).filter(([name]) => !ofMatmul.includes(name)),
  )
  const rowLength = { a: constants.FEATURES ?? constants.A_COLUMNS, b: constants.B_COLUMNS }
  const wideHooks: Readonly<Record<string, LoadHook>> = {
    read_a: hooks.read_a4,
    read_b: hooks.read_b4,
    gather: hooks.gather4,
  }
  const loads = Object.entries(product.linking.loads).map(([slot, [hook, ...adjusts]]) => {
    const divides = rowLength[slot as 'a' | 'b']! % 4 === 0
    const wide = variant.kernel.wide.includes(slot) && divides ? wideHooks[hook.name] : undefined
    return [slot, [wide ?? hook, ...adjusts] satisfies LoadChain] as const
  })
  return {
    ...product,
    linking: { ...product.linking, kernel: variant.kernel, loads: Object.fromEntries(loads) },
    constants: { ...constants, ...variant.constants(node) },
    workgroups: variant.workgroups(node),
  }
}

/** The node that a case of the table stands for. */
function nodeOf({ constants: { M, N, K, TRANSPOSE_A, TRANSPOSE_B, LAST_ROW_AT } }: Case): Node {
  const [transposeA, transposeB] = [TRANSPOSE_A === 1, TRANSPOSE_B === 1]
  const a = leaf('a', transposeA ? [K!, M!] : [M!, K!])
  const b = leaf('b', transposeB ? [N!, K!] : [K!, N!])
  const { node } = matmul(a, b, { transposeA, transposeB })
  return LAST_ROW_AT === undefined
    ? node
    : { ...node, attributes: { ...node.attributes, lastRowAt: LAST_ROW_AT } }
}

function leaf(buffer: string, shape: readonly number[]): Value {
  return external({ buffer, shape, dtype: 'f32' })
}
