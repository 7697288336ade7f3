/**
 * Every variant of matmul does what matmul does: the cases of the table, each with the hooks that the variant calls,
 * agree with the float64 twin and write nothing beside their result.
 */
import { describe, expect, test } from 'vitest'
import { dataset } from '../../src/data/dataset.ts'
import { OptionError } from '../../src/errors.ts'
import * as hooks from '../../src/generated/hooks.ts'
import { type Plan, makePlan } from '../../src/graph/plan.ts'
import { type Value, external } from '../../src/graph/value.ts'
import { readSafetensors } from '../../src/io/readSafetensors.ts'
import { dense } from '../../src/nn/layers.ts'
import { sequential } from '../../src/nn/model.ts'
import { adam } from '../../src/nn/optimizers.ts'
import { bias } from '../../src/ops/bias.ts'
import { gather } from '../../src/ops/gather.ts'
import { matmul } from '../../src/ops/matmul.ts'
import { tanh } from '../../src/ops/tanh.ts'
import { createRandom } from '../../src/random.ts'
import { fit } from '../../src/train/fit.ts'
import { batchOf } from '../../src/train/resident.ts'
import { expectClose } from '../../src/testing/compare.ts'
import { normals } from '../support/data.ts'
import { evaluate } from '../support/evaluate.ts'
import { lackOf, matmulVariants, variantCases, variantSets } from '../support/variants.ts'
import { openTestDevice } from './support/gpu.ts'
import { runPlan } from './support/run.ts'
import { runCase } from './support/runCase.ts'

const gpu = await openTestDevice()

for (const [variant, products] of variantCases) {
  const lack = lackOf(variant, gpu.device)
  describe(variant.name, () => {
    if (lack !== undefined) {
      test.skip(`skipped: this adapter has no ${lack}`)
      return
    }
    for (const product of products) {
      test(`${product.name}: agrees with the f64 twin`, async () => {
        const actual = await runCase(gpu, product)
        for (const [label, expected] of Object.entries(product.expected())) {
          if (expected instanceof Uint32Array) throw new TypeError('a product has no integers')
          const { tolerance, constants } = product
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

describe('matmul_split, whose two passes add up parts of the sum over k', () => {
  const rows = { begin: 0, count: 1000 }
  const split = { variantSets, variants: { matmul: 'matmul_split' } }

  test.each([
    { M: 3, N: 17, K: 257 },
    { M: 127, N: 129, K: 784 },
    { M: 64, N: 33, K: 1025, transposeA: true },
    { M: 17, N: 127, K: 300, transposeB: true },
  ])('agrees with the f64 twin: %j', async ({ M, N, K, transposeA = false, transposeB = false }) => {
    const memory = { a: normals(M * K, 1), b: normals(K * N, 2), bias: normals(N, 3) }
    const [a, b] = [leaf('a', transposeA ? [K, M] : [M, K]), leaf('b', transposeB ? [N, K] : [K, N])]
    const y = tanh(bias(matmul(a, b, { transposeA, transposeB }), leaf('bias', [N])))
    const plan = makePlan({ outputs: { y }, ...split })
    const { outputs } = await runPlan(gpu, plan, memory, [[{ ...rows, metricsRow: 0 }]])
    expect(plan.dispatches[0]!.sum).toBeDefined()
    expectClose(outputs.y!, evaluate(y, memory, rows), { tolerance: 1e-5, label: 'y', columns: N })
  })

  test('updates weight and bias as one dispatch does', async () => {
    const examples = 300
    const model = sequential([16], [dense(10)])
    const random = createRandom(1, 'split')
    const set = dataset({
      features: Float32Array.from({ length: examples * 16 }, () => random.normal()),
      targets: Uint8Array.from({ length: examples }, () => Math.floor(10 * random.uniform())),
      classes: 10,
    })
    const key = 'matmul(gather_f32+ones_column, b) → adam 17×10×300 aᵀ'
    const train = async (variant: string): Promise<Float32Array> => {
      const run = await fit(gpu, model, set, {
        loss: 'softmaxCrossEntropy',
        optimizer: adam(),
        batchSize: examples,
        epochs: 3,
        variants: { [key]: variant },
      })
      const { tensors } = readSafetensors(await run.weights())
      run.dispose()
      return Float32Array.from([...tensors.values()].flatMap(({ data }) => [...data]))
    }
    const expected = Float64Array.from(await train('matmul'))
    expectClose(await train('matmul_split'), expected, { tolerance: 1e-5, label: 'weights' })
  })
})

describe('the variant of a plan', () => {
  const pixels = external({ buffer: 'data', shape: [100, 784], dtype: 'u8' })
  const permutation = external({ buffer: 'permutation', shape: [100], dtype: 'u32' })
  const batch = gather({ rows: pixels, permutation, batchSize: 32 })
  const outputs = { y: matmul(batch, leaf('w', [784, 10])) }
  const subgroups = new Set(['subgroups'])

  test('is chosen by adapter and features', () => {
    expect(labelOf(makePlan({ variantSets, outputs }))).toBe('w: matmul(gather, b)')
    expect(labelOf(makePlan({ variantSets, outputs, features: subgroups }))).toBe(
      'w: matmul_quad_sparse(gather, b)',
    )
  })

  test('has blocks on SwiftShader that fit its cache of instructions: fewer rows where no bytes are read', () => {
    const swiftshader = { variantSets, features: subgroups, adapter: 'swiftshader' } as const
    const square = { y: matmul(leaf('a', [64, 64]), leaf('w', [64, 64])) }
    expect(labelOf(makePlan({ ...swiftshader, outputs: square }))).toBe('w: matmul_quad_small')
    expect(labelOf(makePlan({ ...swiftshader, outputs }))).toBe('w: matmul_quad_sparse(gather, b)')
    // A batch that is made on its own is read as f32.
    const { dispatches } = makePlan({ ...swiftshader, outputs, fuse: false })
    expect(dispatches.map(({ label }) => label)).toContain('w: matmul_quad_small')
  })

  test('has quads in pairs where a subgroup is two of them, which pass over the zeros of bytes', () => {
    const eight = { variantSets, features: subgroups, subgroupSize: 8 }
    expect(labelOf(makePlan({ ...eight, outputs }))).toBe('w: matmul_quad_pair_sparse(gather, b)')
    const gradient = { y: matmul(batch, leaf('dy', [32, 10]), { transposeA: true }) }
    expect(labelOf(makePlan({ ...eight, outputs: gradient }))).toBe('dy: matmul_quad_pair_sparse(gather, b)')
  })

  test.each([
    { featureShape: [28, 28], line: 7 },
    { featureShape: [8, 16], line: 4 },
    // No whole words; no multiple of four lines; no lines.
    { featureShape: [16, 14], line: 1 },
    { featureShape: [6, 16], line: 1 },
    { featureShape: [784], line: 1 },
  ])('of a gradient by images has blocks of four lines: $featureShape', ({ featureShape, line }) => {
    const width = featureShape.reduce((product, size) => product * size)
    const features = new Uint8Array(100 * width)
    const images = dataset({ features, featureShape, targets: new Uint8Array(100), classes: 2 })
    const gradient = matmul(batchOf(images, 32).x, leaf('dy', [32, 10]), { transposeA: true })
    const plan = makePlan({ variantSets, features: subgroups, outputs: { gradient } })
    expect(plan.dispatches[0]?.constants.LINE).toBe(line)
  })

  test('is of workgroup tiles on a GPU, of small ones where they are few', () => {
    const square = { y: matmul(leaf('a', [1024, 1024]), leaf('w', [1024, 1024])) }
    expect(labelOf(makePlan({ variantSets, outputs: square, adapter: 'discrete' }))).toBe('w: matmul_tile')
    const few = { y: matmul(leaf('a', [128, 128]), leaf('w', [128, 128])) }
    expect(labelOf(makePlan({ variantSets, outputs: few, adapter: 'discrete' }))).toBe('w: matmul_tile_small')
  })

  test('splits a long sum where even small tiles are few, but not where one pass must do', () => {
    expect(labelOf(makePlan({ variantSets, outputs, adapter: 'discrete' }))).toBe(
      'w: matmul_split(gather, b)',
    )
    expect(labelOf(makePlan({ variantSets, outputs, adapter: 'discrete', twoPasses: false }))).toBe(
      'w: matmul_tile_small(gather, b)',
    )
    expect(() =>
      makePlan({ variantSets, outputs, variants: { matmul: 'matmul_split' }, twoPasses: false }),
    ).toThrow(
      'variants: matmul_split takes two passes, and one is all that runs here; choose another for matmul',
    )
  })

  test('is the one that is asked for by name', () => {
    expect(
      labelOf(makePlan({ variantSets, outputs, features: subgroups, variants: { matmul: 'matmul' } })),
    ).toBe('w: matmul(gather, b)')
  })

  test('reads four columns at once only where their number is a multiple of four', () => {
    const [dispatch] = makePlan({ variantSets, outputs, features: subgroups }).dispatches
    expect(dispatch?.linking.loads).toEqual({ a: [hooks.gather4], b: [hooks.read_b] })
  })

  test('is refused by name where there is none, or the device lacks what it needs', () => {
    expect(() => makePlan({ variantSets, outputs, variants: { matmul: 'fast' } })).toThrow(
      new OptionError(
        `variants: matmul has no variant "fast"; it has ${['matmul', ...matmulVariants.map(({ name }) => name)].join(', ')}`,
      ),
    )
    expect(() => makePlan({ variantSets, outputs, variants: { matmul: 'matmul_quad' } })).toThrow(
      'variants: matmul_quad needs the feature "subgroups", which is not among the device\'s',
    )
    const four = { variantSets, outputs, features: subgroups, subgroupSize: 4 }
    expect(() => makePlan({ ...four, variants: { matmul: 'matmul_quad_pair' } })).toThrow(
      'variants: matmul_quad_pair needs subgroups of 8 invocations; choose another for matmul',
    )
    const numbers = { y: matmul(leaf('a', [64, 64]), leaf('w', [64, 64])) }
    expect(() => makePlan({ ...four, outputs: numbers, variants: { matmul: 'matmul_quad_sparse' } })).toThrow(
      'variants: matmul_quad_sparse reads bytes, four to a word, which a is not',
    )
  })
})

function leaf(buffer: string, shape: readonly number[]): Value {
  return external({ buffer, shape, dtype: 'f32' })
}

const labelOf = (plan: Plan): string | undefined => plan.dispatches[0]?.label
