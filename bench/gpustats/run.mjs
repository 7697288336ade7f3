/**
 * gpustats: what the compilers of AMD's and Intel's GPUs make of the library's shaders, without a GPU. Dawn compiles
 * each dispatch that the library plans for a GPU on Mesa's own drivers, over devices that do nothing, and the drivers
 * print registers, spills, occupancy, assembly and their own estimates of latency. Those are a compiler's estimates,
 * not measurements; NVIDIA, Apple and Qualcomm have no such driver.
 *
 * setup.sh prepares it once (Debian 12 x64, root). Ends with code 1 where a shader spills, uses scratch memory, or leaves an AMD GPU fewer than 8 waves per SIMD.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { format } from 'prettier'
import { benchCommand, readOptions } from '../command.mjs'
import { faultsOf, formatMarkdown, formatText } from './report.mjs'
import { targetsOf } from './targets.mjs'

const options = readOptions(
  benchCommand(
    'npm run gpustats --',
    "What AMD's and Intel's compilers make of the shaders; bench/gpustats/setup.sh prepares it.",
  )
    .option('--filter <regex>', 'dispatches whose names match', '')
    .option('--targets <list>', 'for instance amd:navi31,intel:dg2 (default: two of each)')
    .option('--markdown', 'write bench/GPU.md')
    .option('--asm', 'print what the drivers print')
    .addHelpText('after', '\nExit codes: 0 done, 1 a shader spills or leaves few waves, 2 a wrong option.'),
)

const mark = '==== gpustats ===='
const results = targetsOf(options.targets).map(compileFor)
const rows = results.flatMap((result) => result.rows)
console.log(formatText(rows))
const faults = rows.flatMap(faultsOf)
console.log(
  faults.length === 0 ? '\nno spill, no scratch, 8 waves per SIMD or more' : `\n${faults.join('\n')}`,
)
if (options.markdown) {
  const drivers = [...new Set(results.map(({ adapter }) => adapter.description))]
  const { version } = JSON.parse(readFileSync(createRequire(import.meta.url).resolve('webgpu/package.json')))
  const file = fileURLToPath(new URL('../GPU.md', import.meta.url))
  const text = formatMarkdown(rows, { drivers, webgpu: version })
  writeFileSync(file, await format(text, { parser: 'markdown' }))
}
if (faults.length > 0) process.exitCode = 1

function compileFor({ name: target, parse, environment }) {
  const script = fileURLToPath(new URL('compile.mjs', import.meta.url))
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, mark, options.filter], {
    env: { ...process.env, ...environment },
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  })
  if (status !== 0) throw new Error(`${target}: ${stderr.slice(-2000)}`)
  const { adapter, compiled } = JSON.parse(stdout)
  const [, ...printed] = stderr.split(mark)
  const rows = compiled.map(({ name, classes }, i) => {
    if (options.asm) console.log(`${name} on ${target}\n${printed[i]}`)
    return { name, classes, target, ...parse(printed[i]) }
  })
  return { adapter, rows }
}
