/** The tuner chooses among right variants within its budget; what it chose is used, kept, and never in the way. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { dataset } from '../../src/data/dataset.ts'
import { OptionError } from '../../src/errors.ts'
import * as kernels from '../../src/generated/kernels.ts'
import type { Gpu } from '../../src/gpu/device.ts'
import type { TuningCache } from '../../src/gpu/tuningDatabase.ts'
import { type Plan, makePlan, variantsIn } from '../../src/graph/plan.ts'
import { type Value, type Variant, type VariantNames, external } from '../../src/graph/value.ts'
import { dense, relu } from '../../src/nn/layers.ts'
import { sequential } from '../../src/nn/model.ts'
import { adam } from '../../src/nn/optimizers.ts'
import { tuningCache, tuningPath } from '../../src/node/tuningFile.ts'
import { matmul } from '../../src/ops/matmul.ts'
import { fit } from '../../src/train/fit.ts'
import type { FitOptions } from '../../src/train/options.ts'
import { planTraining } from '../../src/train/graphs.ts'
import { batchOf } from '../../src/train/resident.ts'
import { readChoices, writeChoices } from '../../src/train/storedChoices.ts'
import { type Tuning, tune, tunePlan } from '../../src/train/tune.ts'
import { integers, uniforms } from '../support/data.ts'
import { lackOf, matmulVariants, variantSets } from '../support/variants.ts'
import { runCommand } from './support/cli.ts'
import { writeSmallMnist } from './support/digits.ts'
import { openTestDevice } from './support/gpu.ts'
import { spyOn } from './support/spy.ts'

const gpu = await openTestDevice()

const folder = mkdtempSync(join(tmpdir(), 'wgrad-tune-'))
// Before the cache of whoever runs this is read or written.
process.env.XDG_CACHE_HOME = join(folder, 'cache')
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const examples = dataset({
  features: uniforms(64 * 300, 1),
  targets: integers(64, 2, 4),
  featureShape: [300],
  classes: 4,
})
const training = { loss: 'softmaxCrossEntropy', optimizer: adam(), batchSize: 16 } as const
const oneLayer = sequential([300], [dense(4)])
const [forward, update] = [
  'matmul(gather_f32, b) → bias 16×4×300',
  'matmul(gather_f32+ones_column, b) → adam 301×4×16 aᵀ',
]

const namesOf = (variants: readonly Variant[]): string[] => ['matmul', ...variants.map(({ name }) => name)]
/** Of numbers: those that read words want bytes. */
const admitted = namesOf(
  matmulVariants.filter((one) => lackOf(one, gpu.device) === undefined && one.kernel.words === undefined),
)

describe('tune', () => {
  it('compares every admitted variant of every matmul, and frees what it took', async () => {
    using spy = spyOn(gpu.device)
    const { choices, dispatches, seconds, compileSeconds } = await tune(gpu, oneLayer, examples, {
      ...training,
      seconds: 600,
    })

    expect(dispatches.map(({ key }) => key)).toEqual([update, forward])
    for (const { key, standard, chosen, trials } of dispatches) {
      // The sum of an update is over the batch, which is too short to be split.
      const tried = key === update ? admitted.filter((name) => name !== 'matmul_split') : admitted
      expect(trials.map(({ variant }) => variant).toSorted()).toEqual(tried.toSorted())
      expect(trials.map(({ refused }) => refused)).toEqual(tried.map(() => null))
      for (const { error, seconds: own } of trials) {
        expect(error).toBeLessThan(1e-5)
        expect(own).toBeGreaterThan(0)
      }
      expect(admitted).toContain(standard)
      expect(admitted).toContain(chosen)
      expect(choices[key]).toBe(chosen)
    }
    expect(compileSeconds).toBeGreaterThan(0)
    expect(compileSeconds).toBeLessThan(seconds)
    expect(spy.livingBuffers()).toEqual([])
  })

  it('compiles nothing and keeps every default where the budget is 0', async () => {
    using spy = spyOn(gpu.device)
    const { choices, dispatches } = await tune(
      gpu,
      sequential([300], [dense(5)]),
      { ...examples, outputs: 5 },
      {
        ...training,
        seconds: 0,
      },
    )

    expect(choices).toEqual({})
    expect(dispatches).toHaveLength(2)
    for (const { standard, chosen, trials } of dispatches) {
      expect(chosen).toBe(standard)
      expect(trials).toEqual([])
    }
    expect(spy.counts).toMatchObject({ createBuffer: 0, createComputePipelineAsync: 0, submit: 0 })
  })

  it('begins nothing once the budget is spent: the rest keeps its default', async () => {
    const told: string[] = []
    const { dispatches } = await tune(
      gpu,
      sequential([300], [dense(6)]),
      { ...examples, outputs: 6 },
      {
        ...training,
        seconds: 1e-6,
        onProgress: ({ key }) => told.push(key),
      },
    )

    expect(told).toEqual(dispatches.map(({ key }) => key))
    expect(dispatches.flatMap(({ trials }) => trials).length).toBeLessThan(2)
    expect(dispatches.every(({ standard, chosen }) => chosen === standard)).toBe(true)
  })
})

describe('the gate', () => {
  const before = 'var blocks='
  const source = kernels.matmul.source.replace(
    before,
    `upper_left[0][0] += f32(row + column == 0);\n  ${before}`,
  )
  const reference = matmul(leaf('a', [24, 12]), leaf('b', [12, 40]))
  const variantFrom = (name: string, text: string): Variant => {
    const { op } = reference.node
    if (op.kind !== 'kernel') throw new TypeError('matmul is a kernel')
    return { ...op, name, kernel: { ...kernels.matmul, name, source: text } }
  }
  const product = (variant: Variant, isStandard = false): ((choices: VariantNames) => Plan) => {
    const choose = (): Variant | undefined => (isStandard ? variant : undefined)
    const sets = [{ op: 'matmul', variants: [variant], choose }]
    return (choices) => makePlan({ outputs: { y: reference }, variantSets: sets, choices })
  }

  it('refuses a variant with one wrong element, even where it is the default', async () => {
    expect(source).not.toBe(kernels.matmul.source)
    const plan = product(variantFrom('wrong', source), true)
    const { choices, dispatches } = await tunePlan(gpu, plan, { seconds: 60 })

    const [dispatch] = dispatches
    expect(dispatch).toMatchObject({ standard: 'wrong', chosen: 'matmul' })
    expect(dispatch!.trials[1]).toMatchObject({ variant: 'wrong', seconds: null })
    expect(dispatch!.trials[1]!.refused).toMatch(/^differs from the reference by \d/)
    expect(dispatch!.trials[1]!.error).toBeGreaterThan(0.1)
    expect(choices).toEqual({ 'matmul 24×40×12': 'matmul' })
  })

  it('refuses a variant that does not compile, with the reason', async () => {
    const broken = variantFrom('broken', kernels.matmul.source.replace('let row', 'let row: nothing'))
    const { dispatches } = await tunePlan(gpu, product(broken), { seconds: 60 })

    expect(dispatches[0]).toMatchObject({ standard: 'matmul', chosen: 'matmul' })
    expect(dispatches[0]!.trials[1]).toMatchObject({ variant: 'broken', error: null, seconds: null })
    expect(dispatches[0]!.trials[1]!.refused).toContain('broken does not compile')
  })

  it('admits a right one', async () => {
    const same = variantFrom('same', `${kernels.matmul.source}\n`)
    const { dispatches } = await tunePlan(gpu, product(same), { seconds: 60 })

    expect(dispatches[0]!.trials[1]).toMatchObject({ variant: 'same', refused: null, error: 0 })
  })
})

describe('a choice', () => {
  const model = sequential([784], [dense(128), relu(), dense(10)])
  const images = dataset({ features: new Uint8Array(128 * 784), targets: new Uint8Array(128), classes: 10 })
  const step = {
    model,
    loss: 'meanSquaredError', // a classifier's last layer is a dispatch with its loss, which has no choice
    optimizer: adam(),
    batch: batchOf(images, 128),
    metricsRows: 1,
  } as const
  const subgroups = new Set(['subgroups'])

  it('has a readable name: what the dispatch does, and its sizes', () => {
    expect(variantsIn(planTraining(step, { variantSets, features: subgroups }))).toMatchInlineSnapshot(`
      {
        "matmul → bias 128×10×128": "matmul_quad",
        "matmul → relu_grad 128×128×10 bᵀ": "matmul_quad",
        "matmul(a+ones_column, b) → adam 129×10×128 aᵀ": "matmul_quad",
        "matmul(gather+ones_column, b) → adam 785×128×128 aᵀ": "matmul_quad_sparse",
        "matmul(gather, b) → bias → relu 128×128×784": "matmul_quad_sparse",
      }
    `)
  })

  const key = 'matmul → bias 128×10×128'
  const other = 'matmul → relu_grad 128×128×10 bᵀ'

  it('holds for its dispatch alone', () => {
    const variants = variantsIn(
      planTraining(step, { variantSets, features: subgroups, choices: { [key]: 'matmul_tile' } }),
    )
    expect(variants).toMatchObject({ [key]: 'matmul_tile', [other]: 'matmul_quad' })
    expect(Object.values(variants).filter((name) => name === 'matmul_quad')).toHaveLength(2)
  })

  it('gives way to what is asked for by op, and that to what is asked for by dispatch', () => {
    const choices = { [key]: 'matmul_tile' }
    const byOp = { matmul: 'matmul' }
    expect(variantsIn(planTraining(step, { variantSets, choices, variants: byOp }))).toMatchObject({
      [key]: 'matmul',
    })
    const byBoth = { ...byOp, [key]: 'matmul_tile_small' }
    expect(variantsIn(planTraining(step, { variantSets, choices, variants: byBoth }))).toMatchObject({
      [key]: 'matmul_tile_small',
      [other]: 'matmul',
    })
  })

  it('is passed over where the device does not admit it, or there is no such variant', () => {
    for (const name of ['matmul_quad', 'matmul_of_last_year']) {
      expect(variantsIn(planTraining(step, { variantSets, choices: { [key]: name } }))).toMatchObject({
        [key]: 'matmul',
      })
    }
  })

  it('needs a name of something in the step where it is asked for', () => {
    expect(() => planTraining(step, { variantSets, variants: { matmull: 'matmul' } })).toThrow(
      /^variants: "matmull" names no kernel of the training step; there is "matmul", "matmul\(gather/,
    )
  })
})

describe('fit', () => {
  const train = async (
    options: Partial<FitOptions>,
  ): Promise<{ bits: Uint8Array; variants: VariantNames; plan: string }> => {
    const run = await fit(gpu, oneLayer, examples, {
      ...training,
      epochs: 2,
      ...options,
    })
    const bits = await run.weights()
    run.dispose()
    return { bits, variants: run.variants, plan: run.plan }
  }

  it('runs the choices, and gives the same bits for the same', async () => {
    const choices = { [forward]: 'matmul_tile', [update]: 'matmul_tile_small' }
    const [first, second] = [await train({ choices }), await train({ choices })]

    expect(first.variants).toEqual(choices)
    expect(first.plan).toContain('matmul_tile(gather_f32, b) → bias')
    expect(Buffer.compare(first.bits, second.bits)).toBe(0)
    const asked = await train({ variants: first.variants })
    expect(Buffer.compare(first.bits, asked.bits)).toBe(0)
  })

  it('refuses a variant that there is not', async () => {
    await expect(train({ variants: { matmul: 'fast' } })).rejects.toThrow(
      new OptionError(`variants: matmul has no variant "fast"; it has ${namesOf(matmulVariants).join(', ')}`),
    )
  })
})

describe('the cache', () => {
  const path = join(folder, 'own', 'tuning.json')
  const cache = tuningCache(path)
  const choices = { [forward]: 'matmul_tile' }
  const notices: string[] = []
  const read = (from: TuningCache = cache, of: Gpu = gpu): Promise<VariantNames> =>
    readChoices(from, of, (line) => notices.push(line))
  const otherGpu: Gpu = { ...gpu, adapter: { ...gpu.adapter, driver: 'another version' } }

  it('is empty before the first tuning, without a word', async () => {
    expect(await read()).toEqual({})
    expect(notices).toEqual([])
  })

  it('gives back what was written, and keeps what it had', async () => {
    await writeChoices(cache, gpu, choices)
    expect(await read()).toEqual(choices)
    await writeChoices(cache, gpu, { [update]: 'matmul' })
    expect(await read()).toEqual({ ...choices, [update]: 'matmul' })
  })

  it('is of one adapter and driver', async () => {
    expect(await read(cache, otherGpu)).toEqual({})
    await writeChoices(cache, otherGpu, { [forward]: 'matmul' })
    expect(await read()).toMatchObject(choices)
    expect(await read(cache, otherGpu)).toEqual({ [forward]: 'matmul' })
  })

  it('does not outlive the shaders that were timed', async () => {
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, text.replace(/"shaders": "\w/, '"shaders": "_'))
    expect(await read()).toEqual({})
    await writeChoices(cache, gpu, choices)
    expect([await read(), await read(cache, otherGpu)]).toEqual([choices, {}])
    expect(notices).toEqual([])
  })

  it.each(['', '{"shaders": "1', '[]', '{"shaders": "1", "adapters": {"x": {"y": 1}}}'])(
    'that is damaged is ignored with one notice, and replaced: %j',
    async (text) => {
      writeFileSync(path, text)
      notices.length = 0
      expect(await read()).toEqual({})
      expect(notices).toHaveLength(1)
      expect(notices[0]).toMatch(/^the cache of tuned kernels is ignored \(.*\); tuning again replaces it$/)
      await writeChoices(cache, gpu, choices)
      expect(await read()).toEqual(choices)
    },
  )

  it('that cannot be read is ignored with one notice', async () => {
    notices.length = 0
    expect(await read(tuningCache(folder))).toEqual({})
    expect(notices).toHaveLength(1)
  })
})

describe('the command', () => {
  const wgrad = (...args: string[]): ReturnType<typeof runCommand> => runCommand(folder, args)

  it('tune-kernels --json: one object with what it found, and where that is stored', async () => {
    const args = ['tune-kernels', '--hidden', 'none', '--batch', '8', '--seconds', '0.001', '--json']
    const { code, stdout } = await wgrad(...args)
    expect(code).toBe(0)
    const tuning = JSON.parse(stdout) as Tuning & { adapter: string; cache: string }
    expect(tuning).toMatchObject({ adapter: gpu.adapter.name, cache: tuningPath(), choices: {} })
    expect(tuning.dispatches.map(({ key }) => key)).toEqual([
      'matmul(gather+ones_column, b) → adam 785×10×8 aᵀ',
      'matmul(gather, b) → bias 8×10×784',
    ])
    expect(JSON.parse(readFileSync(tuningPath(), 'utf8'))).toHaveProperty('adapters')
  })

  it('tune-kernels --help: options, examples, exit codes', async () => {
    const { code, stdout } = await wgrad('tune-kernels', '--help')
    expect(code).toBe(0)
    expect(stdout).toContain('Examples:\n  wgrad tune-kernels')
    expect(stdout).toContain('--seconds <number>')
  })

  it.each([
    ['tune-kernels', '--seconds', '0'],
    ['tune-kernels', '--batch', '0'],
    ['train', '--variant', 'matmul_tile'],
  ])('%s %s %s is refused', async (...args) => {
    const { code, stdout, stderr } = await wgrad(...args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(new RegExp(`^wgrad: ${args[1]} is '${args[2]}', expected [^\\n]+\\n$`))
  })

  it('train uses what is stored, unless told not to, and its record says what ran', async () => {
    mkdirSync(join(folder, 'digits'))
    writeSmallMnist(join(folder, 'digits'), 256, 50)
    const stored = { 'matmul(gather, b) → bias 128×10×784': 'matmul_tile' }
    await writeChoices(tuningCache(), gpu, stored)
    const config = async (
      out: string,
      ...options: string[]
    ): Promise<{ command: string; variants: VariantNames }> => {
      const args = [
        'train',
        '--data',
        'digits',
        '--epochs',
        '1',
        '--hidden',
        'none',
        '--out',
        out,
        ...options,
      ]
      const { code } = await wgrad(...args)
      expect(code).toBe(0)
      return JSON.parse(readFileSync(join(folder, out, 'config.json'), 'utf8')) as Awaited<
        ReturnType<typeof config>
      >
    }

    const tuned = await config('tuned')
    expect(Object.keys(tuned.variants)).toHaveLength(2)
    expect(tuned.variants).toMatchObject(stored)
    expect(tuned.command).toContain(`--variant 'matmul(gather, b) → bias 128×10×784=matmul_tile' --no-tune`)

    const plain = await config('plain', '--no-tune')
    expect(Object.values(plain.variants)).not.toContain('matmul_tile')
    expect(plain.command).not.toContain('--variant')

    const asked = await config('asked', '--variant', 'matmul=matmul')
    expect(new Set(Object.values(asked.variants))).toEqual(new Set(['matmul']))
    expect(asked.command).toContain('--variant matmul=matmul')
  })

  it('train --variant with a name that there is not ends with 2, and leaves no folder', async () => {
    const { code, stdout, stderr } = await wgrad('train', '--data', 'digits', '--variant', 'matmul=fast')
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/wgrad: variants: matmul has no variant "fast"; it has matmul, .*\n$/)
    expect(() => readFileSync(join(folder, 'runs'))).toThrow()
  })
})

function leaf(buffer: string, shape: readonly number[]): Value {
  return external({ buffer, shape, dtype: 'f32' })
}
