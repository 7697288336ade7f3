/** The benchmark as its user meets it, and that each case computes what it says. No test looks at a time. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { BenchmarkReport } from '../../src/bench/report.ts'
import { checkWork } from '../../src/bench/check.ts'
import { plannedCases, runBenchmarks } from '../../src/bench/suite.ts'
import { load } from '../../src/bench/work.ts'
import { DataError, DeviceError } from '../../src/errors.ts'
import { createRandom } from '../../src/random.ts'
import { optionsFor } from '../../src/train/graphs.ts'
import { type Ended, runCommand } from './support/cli.ts'
import { openTestDevice } from './support/gpu.ts'
import { type Spy, spyOn } from './support/spy.ts'

const gpu = await openTestDevice()
const folder = mkdtempSync(join(tmpdir(), 'wgrad-bench-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})
const wgrad = (...args: string[]): Promise<Ended> => runCommand(folder, ['bench', ...args])

describe('each case is right, and as many dispatches as it was', () => {
  const dispatches: Readonly<Record<string, number>> = {
    'steps/784-128-10': 4,
    'steps/784-128-10/unfused': 18,
    'steps/784-512-256-10': 7,
    'steps/784-512-256-10/unfused': 27,
  }
  for (const { name, make } of plannedCases) {
    it(name, async () => {
      const work = make(await optionsFor(gpu))
      const loaded = await load(gpu, work)
      const check = await checkWork(gpu, loaded, work.expected)
      loaded.dispose()
      expect(check).toMatchObject({ ok: true })
      expect(work.plan.dispatches).toHaveLength(dispatches[name] ?? 1)
    })
  }
})

it('a case whose result is off, or not a number, is told', async () => {
  const { make } = plannedCases.find(({ name }) => name === 'kernels/mnist/forward_2')!
  const work = make(await optionsFor(gpu))
  const loaded = await load(gpu, work)
  const off = (by: number): typeof work.expected =>
    work.expected.map((run) => ({
      ...run,
      at: (index) => run.at(index) + (index === run.length - 1 ? by : 0),
    }))
  expect(await checkWork(gpu, loaded, off(0))).toMatchObject({ ok: true })
  expect(await checkWork(gpu, loaded, off(0.1))).toMatchObject({ ok: false })
  expect(await checkWork(gpu, loaded, off(NaN))).toMatchObject({ ok: false })
  loaded.dispose()
})

describe('the suite', () => {
  it('compiles before it times, and leaves nothing on the device', async () => {
    using spy = spyOn(gpu.device)
    const made: Spy['counts'][] = []
    await runBenchmarks(gpu, {
      filter: /forward_2/,
      minSeconds: 0.01,
      loadMnist: () => Promise.reject(new DataError('not asked for')),
      onCase: () => made.push({ ...spy.counts }),
    })
    made.push({ ...spy.counts })
    // Of each case the pipelines and bind groups of one dispatch and of the step row, however many samples there are.
    for (const [i, { createBindGroup }] of made.slice(1).entries()) {
      expect(createBindGroup - made[i]!.createBindGroup).toBe(2)
    }
    expect(made).toHaveLength(6)
    expect(spy.livingBuffers()).toEqual([])
  })

  it('leaves the epochs out where MNIST is missing, and says so', async () => {
    const { cases, skipped } = await runBenchmarks(gpu, {
      filter: /^epochs/,
      minSeconds: 0.01,
      loadMnist: () => Promise.reject(new DataError('MNIST is not installed')),
    })
    expect(cases).toEqual([])
    expect(skipped).toEqual([{ name: 'epochs/784-128-10', reason: 'MNIST is not installed' }])
  })

  it('profiles each dispatch, or says that the device cannot', async () => {
    const profiled = runBenchmarks(gpu, {
      filter: /^steps\/784-128-10$/,
      minSeconds: 0.01,
      profile: true,
      loadMnist: () => Promise.reject(new DataError('not asked for')),
    })
    if (!gpu.device.features.has('timestamp-query')) {
      await expect(profiled).rejects.toThrow(DeviceError)
      return
    }
    const { cases } = await profiled
    const { profile, dispatches } = cases[0]!
    expect(profile!.map(({ label }) => label)).toEqual(dispatches.map(({ label }) => label))
    expect(profile!.reduce((sum, { gpuSeconds }) => sum + gpuSeconds, 0)).toBeGreaterThan(0)
  })
})

describe('wgrad bench', () => {
  it('--json: ten samples of a case in the form of google/benchmark, medians, and what they depend on', async () => {
    const name = 'kernels/mnist/forward_2'
    const { code, stdout, stderr } = await wgrad('--filter', `^${name}$`, '--min-time', '0.01', '--json')
    expect(code).toBe(0)
    expect(stderr).toContain(name)
    const { context, benchmarks } = JSON.parse(stdout) as BenchmarkReport
    expect(context).toMatchObject({
      executable: 'wgrad bench',
      adapter: { name: gpu.adapter.name, driver: gpu.adapter.driver },
      versions: { node: process.versions.node },
      variants: { [name]: [expect.stringContaining('matmul')] },
      skipped: [],
    })
    for (const peak of Object.values(context.peaks)) expect(peak).toBeGreaterThan(0)
    const samples = benchmarks.filter(({ run_type }) => run_type === 'iteration')
    expect(samples.length).toBeGreaterThanOrEqual(10)
    samples.forEach((sample, i) => {
      expect(sample).toMatchObject({ name, run_name: name, repetition_index: i, time_unit: 'us', threads: 1 })
      expect(sample.iterations).toBeGreaterThan(0)
      expect(sample.real_time).toBeGreaterThan(0)
    })
    const [middle, spread] = benchmarks.slice(samples.length)
    expect(middle).toMatchObject({ name: `${name}_median`, run_type: 'aggregate', dispatches: 1 })
    expect(middle!.check_error).toBeLessThan(1e-4)
    expect(spread).toMatchObject({ name: `${name}_iqr`, run_type: 'aggregate' })
    expect(benchmarks).toHaveLength(samples.length + 2)
  })

  it('prints a table, with what each case was checked against', async () => {
    const { code, stdout } = await wgrad('--filter', 'output_layer', '--min-time', '0.01')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^peaks: .* GFLOP\/s, loads .* GB\/s/)
    expect(stdout).toMatch(/^kernels\/mnist\/output_layer .* float64: right \(\de-\d+\)$/m)
  })

  it.each([
    [['--filter', 'nothing'], "--filter is 'nothing', which no case matches"],
    [['--filter', '('], "--filter is '(', expected a regular expression"],
    [['--min-time', '0'], "--min-time is '0', expected a number above 0 and at most 60"],
  ])('%j is refused before a device is opened', async (args, message) => {
    const { code, stdout, stderr } = await wgrad(...args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(message)
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })
})

describe('wgrad bench compare', () => {
  const random = createRandom(1, 'samples')
  /** Times that spread evenly by so much of them. */
  const times = (around: number, spread: number, count = 20): number[] =>
    Array.from({ length: count }, () => around * (1 + spread * (random.uniform() - 0.5)))

  function writeReport(
    name: string,
    cases: Readonly<Record<string, readonly number[]>>,
    adapter = 'Abacus',
  ): string {
    const benchmarks = Object.entries(cases).flatMap(([run_name, samples]) => [
      ...samples.map((real_time) => ({
        name: run_name,
        run_name,
        run_type: 'iteration',
        real_time,
        time_unit: 'us',
      })),
      { name: `${run_name}_median`, run_name, run_type: 'aggregate', real_time: 0, time_unit: 'us' },
    ])
    writeFileSync(join(folder, name), JSON.stringify({ context: { adapter: { name: adapter } }, benchmarks }))
    return name
  }

  const before = writeReport('before.json', {
    faster: times(100, 0.02),
    same: times(100, 0.02),
    noisy: times(100, 1),
    few: times(100, 0.02, 3),
    gone: times(100, 0.02),
  })
  const calm = {
    faster: times(80, 0.02),
    same: times(101, 0.02),
    noisy: times(100, 1),
    few: times(200, 0.02, 3),
  }

  it('FAST, SAME, UNCLEAR where samples spread or are few; exit code 0; what only one has is named', async () => {
    const { code, stdout } = await wgrad('compare', before, writeReport('calm.json', calm))
    expect(code).toBe(0)
    expect(stdout).toMatch(/^faster +FAST +−(19|20)\.\d %/m)
    expect(stdout).toMatch(/^same +SAME /m)
    expect(stdout).toMatch(/^noisy +UNCLEAR /m)
    expect(stdout).toMatch(/^few +UNCLEAR /m)
    expect(stdout).toMatch(/^gone: .*not compared$/m)
  })

  it('SLOW ends with 1', async () => {
    const slow = writeReport('slow.json', { ...calm, faster: times(120, 0.02) })
    const { code, stdout } = await wgrad('compare', before, slow, '--json')
    expect(code).toBe(1)
    const { cases } = JSON.parse(stdout) as { cases: { name: string; verdict: string; p: number }[] }
    expect(cases[0]).toMatchObject({ name: 'faster', verdict: 'SLOW' })
    expect(cases[0]!.p).toBeLessThan(0.001)
  })

  it('a change below the threshold is SAME, however sure', async () => {
    const slower = writeReport('slower.json', { same: times(103, 0.002) })
    const exact = writeReport('exact.json', { same: times(100, 0.002) })
    expect(await wgrad('compare', exact, slower)).toMatchObject({ code: 0 })
    expect(await wgrad('compare', exact, slower, '--threshold', '2')).toMatchObject({ code: 1 })
  })

  it('different adapters are refused, unless told otherwise', async () => {
    const other = writeReport('other.json', calm, 'Slide rule')
    const refused = await wgrad('compare', before, other)
    expect([refused.code, refused.stdout]).toEqual([2, ''])
    expect(refused.stderr).toContain("the adapters differ: 'Abacus' and 'Slide rule'")
    expect(await wgrad('compare', before, other, '--across-adapters')).toMatchObject({ code: 0 })
  })

  it('what is no report is named', async () => {
    writeFileSync(join(folder, 'text.json'), 'no report')
    writeFileSync(join(folder, 'empty.json'), '{}')
    expect((await wgrad('compare', before, 'text.json')).stderr).toContain(
      'text.json: it is not a JSON object',
    )
    expect((await wgrad('compare', before, 'empty.json')).stderr).toContain('empty.json: it has no context')
    expect((await wgrad('compare', before, 'nowhere.json')).stderr).toContain('nowhere.json')
    const apart = writeReport('apart.json', { another: [1] })
    expect(await wgrad('compare', before, apart)).toMatchObject({ code: 2 })
  })
})
