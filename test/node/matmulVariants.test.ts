/**
 * Every variant of matmul does what matmul does: the cases of the table, each with the hooks that the variant calls,
 * agree with the float64 twin and write nothing beside their result.
 */
import { describe, expect, test } from 'vitest'
import { OptionError } from '../../src/errors.ts'
import { hooks, kernels } from '../../src/generated/shaders.ts'
import type { LoadChain, LoadHook } from '../../src/gpu/link.ts'
import { type Plan, makePlan } from '../../src/graph/plan.ts'
import { type Node, type Value, type Variant, external } from '../../src/graph/value.ts'
import { gather } from '../../src/ops/gather.ts'
import { matmul } from '../../src/ops/matmul.ts'
import { matmulVariants } from '../../src/ops/matmulVariants.ts'
import { type Case, cases } from '../cases.ts'
import { expectClose } from '../support/compare.ts'
import { openTestDevice } from './support/gpu.ts'
import { runCase } from './support/runCase.ts'

const gpu = await openTestDevice()

const products = cases.filter(
  ({ linking, name }) => linking.kernel === kernels.matmul && !name.includes('workgroups'),
)

for (const variant of matmulVariants) {
  const lacks = variant.kernel.subgroups && !gpu.device.features.has('subgroups')
  describe(lacks ? `${variant.name} (skipped: this adapter has no subgroups)` : variant.name, () => {
    for (const product of products) {
      test.skipIf(lacks)(`${product.name}: agrees with the f64 twin`, async () => {
        const one = withVariant(product, variant)
        const actual = await runCase(gpu, one)
        for (const [label, expected] of Object.entries(one.expected())) {
          if (expected instanceof Uint32Array) throw new TypeError('a product has no integers')
          const { tolerance, constants } = one
          expectClose(new Float32Array(actual[label]!), expected, {
            tolerance,
            label,
            columns: constants.N!,
          })
        }
      })
    }
  })
}

describe('the variant of a plan', () => {
  const pixels = external({ buffer: 'data', shape: [100, 784], dtype: 'u8' })
  const permutation = external({ buffer: 'permutation', shape: [100], dtype: 'u32' })
  const batch = gather({ rows: pixels, permutation, batchSize: 32 })
  const outputs = { y: matmul(batch, leaf('w', [784, 10])) }
  const subgroups = new Set(['subgroups'])

  test('is chosen by adapter and features', () => {
    expect(labelOf(makePlan({ outputs }))).toBe('w: matmul(gather, b)')
    expect(labelOf(makePlan({ outputs, features: subgroups }))).toBe('w: matmul_quad(gather, b)')
  })

  test('is of workgroup tiles on a GPU, of small ones where they are few', () => {
    const square = { y: matmul(leaf('a', [1024, 1024]), leaf('w', [1024, 1024])) }
    expect(labelOf(makePlan({ outputs: square, adapter: 'discrete' }))).toBe('w: matmul_tile')
    expect(labelOf(makePlan({ outputs, adapter: 'discrete' }))).toBe('w: matmul_tile_small(gather, b)')
  })

  test('is the one that is asked for by name', () => {
    expect(labelOf(makePlan({ outputs, features: subgroups, variants: { matmul: 'matmul' } }))).toBe(
      'w: matmul(gather, b)',
    )
  })

  test('reads four columns at once only where their number is a multiple of four', () => {
    const [dispatch] = makePlan({ outputs, features: subgroups }).dispatches
    expect(dispatch?.linking.loads).toEqual({ a: [hooks.gather4], b: [hooks.read_b] })
  })

  test('is refused by name where there is none, or the device lacks what it needs', () => {
    expect(() => makePlan({ outputs, variants: { matmul: 'fast' } })).toThrow(
      new OptionError(
        `variants: matmul has no variant "fast"; it has ${['matmul', ...matmulVariants.map(({ name }) => name)].join(', ')}`,
      ),
    )
    expect(() => makePlan({ outputs, variants: { matmul: 'matmul_quad' } })).toThrow(
      'variants: matmul_quad needs the feature "subgroups", which is not among the device\'s',
    )
  })
})

function leaf(buffer: string, shape: readonly number[]): Value {
  return external({ buffer, shape, dtype: 'f32' })
}

const labelOf = (plan: Plan): string | undefined => plan.dispatches[0]?.label

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
