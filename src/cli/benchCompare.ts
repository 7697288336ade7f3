/** `wgrad bench compare`: two reports of `wgrad bench --json`, case by case. */
import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { type ComparableReport, type Comparison, compareReports, parseReport } from '../bench/compare.ts'
import { exitCodes } from './exit.ts'
import { number, text } from './options.ts'
import { formatTable } from './table.ts'

interface BenchCompareOptions {
  readonly threshold: number
  readonly acrossAdapters?: boolean
  readonly json?: boolean
}

export function addBenchCompare(bench: Command): void {
  bench
    .command('compare')
    .description('Compare two reports of wgrad bench --json. Exit code 1 if a case has become slower.')
    .argument('<before>', 'a report', text('before'))
    .argument('<after>', 'a later report', text('after'))
    .option(
      '--threshold <percent>',
      'the least change that matters',
      number('--threshold', { above: 0, most: 100 }),
      5,
    )
    .option('--across-adapters', 'compare reports of different adapters too')
    .option('--json', 'data as one JSON object on stdout')
    .addHelpText('after', examples)
    .action(compare)
}

const examples = `
Examples:
  wgrad bench compare before.json after.json
  wgrad bench compare swiftshader.json llvmpipe.json --across-adapters

FAST, SLOW: by more than the threshold, and p < 0.01 (Mann-Whitney). SAME: within the threshold, with 99 %
confidence. UNCLEAR: neither; run again on a quieter machine, or with a larger --min-time.`

async function compare(
  before: string,
  after: string,
  { threshold, acrossAdapters = false, json = false }: BenchCompareOptions,
): Promise<void> {
  const comparison = compareReports(await read(before), await read(after), {
    threshold: threshold / 100,
    acrossAdapters,
  })
  console.log(json ? JSON.stringify(comparison) : format(comparison))
  if (comparison.cases.some(({ verdict }) => verdict === 'SLOW')) process.exitCode = exitCodes.failed
}

async function read(path: string): Promise<ComparableReport> {
  return parseReport(await readFile(path, 'utf8'), path)
}

function format({ cases, unmatched }: Comparison): string {
  const rows = cases.map(({ name, verdict, ratio, low, high, p }) => [
    name,
    verdict,
    percent(ratio),
    `${percent(low)} … ${percent(high)}`,
    p < 0.001 ? '< 0.001' : p.toFixed(3),
  ])
  const table = formatTable([['case', '', 'wall', '99 % confidence', 'p'], ...rows])
  return [table, ...unmatched.map((name) => `${name}: not right in both reports, not compared`)].join('\n')
}

/** How much longer it takes. */
function percent(ratio: number): string {
  const change = 100 * (ratio - 1)
  return Number.isFinite(change) ? `${change < 0 ? '−' : '+'}${Math.abs(change).toFixed(1)} %` : '∞'
}
