/** `wgrad gradcheck`: the gradients of a user's own ops, layers and losses against differences. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Command } from 'commander'
import { DataError, OptionError, WgradError } from '../errors.ts'
import type { Layer } from '../nn/layers.ts'
import { type ElementwiseOp, operandShape } from '../ops/elementwise.ts'
import type { Loss } from '../ops/losses.ts'
import { isRecord } from '../records.ts'
import { type Checkable, type GradientCheck, gradientCheck } from '../testing/gradientCheck.ts'
import { exitCodes } from './exit.ts'
import { type CommonOptions, type Parse, integerList, text, withCommonOptions } from './options.ts'
import { openAlone } from './prerequisites.ts'
import { formatTable } from './table.ts'

interface GradcheckOptions extends CommonOptions {
  readonly shape: readonly number[]
  readonly range: readonly [low: number, high: number]
}

export function addGradcheck(program: Command): void {
  const command = program
    .command('gradcheck')
    .description('Check the gradients of your own ops, layers and losses. Exit code 1 if one is wrong.')
    .argument('<file>', 'a module that exports them', text('file'))
    .option('--shape <sizes>', 'shape of an example', integerList('--shape', 1, 4096), [7])
    .option('--range <low,high>', 'where the operands lie', rangeOf('--range'), [-2, 2])
    .addHelpText('after', examples)
    .action(check)
  withCommonOptions(command)
}

const examples = `
The file exports what defineOp and defineLoss make, layers, or functions that make layers without being given anything.
Each gradient is compared with central differences of the function, both computed on the device; the largest relative
error admitted is 1e-3. Elements where the function has a kink are counted and left out.

Examples:
  wgrad gradcheck leakyRelu.js
  wgrad gradcheck layers.js --shape 28,28 --json
  wgrad gradcheck logarithm.js --range 0.5,4`

async function check(file: string, { shape, range, ...options }: GradcheckOptions): Promise<void> {
  const found = Object.entries(await importFile(file)).flatMap(([name, value]) => {
    const checkable = checkableOf(value, shape)
    return checkable === undefined ? [] : [{ name: nameOf(name, checkable), checkable }]
  })
  if (found.length === 0) {
    throw new DataError(
      `${file}: exports no op, layer or loss; export what defineOp, layer or defineLoss makes`,
    )
  }
  using gpu = await openAlone(options)
  const checks: Named[] = []
  for (const { name, checkable } of found) {
    checks.push({ name, ...(await gradientCheck(gpu, checkable, { range })) })
  }
  if (options.json === true) console.log(JSON.stringify({ adapter: gpu.adapter.name, checks }, withoutData))
  else console.log(format(checks))
  process.exitCode = checks.every(({ ok }) => ok) ? exitCodes.ok : exitCodes.failed
}

type Named = GradientCheck & { readonly name: string }

async function importFile(file: string): Promise<Record<string, unknown>> {
  const path = resolve(file)
  if (!existsSync(path)) throw new DataError(`${file}: no such file`)
  try {
    const module: unknown = await import(pathToFileURL(path).href)
    return isRecord(module) ? module : {}
  } catch (cause) {
    if (cause instanceof WgradError) throw cause
    throw new DataError(`${file}: cannot be imported: ${String(cause)}`, { cause })
  }
}

function checkableOf(value: unknown, shape: readonly number[]): Checkable | undefined {
  const columns = shape.at(-1) ?? 1
  if (isLoss(value)) return { loss: value, shape: [rows, columns] }
  if (isOp(value)) {
    const operands = value.hook.bindings.map((binding) => operandShape(binding, { M: rows, N: columns }))
    return { op: value, shapes: [[rows, columns], ...operands] }
  }
  const layer: unknown =
    typeof value === 'function' && value.length === 0 ? (value as () => unknown)() : value
  return isLayer(layer) ? { layer, shape } : undefined
}

const rows = 5

function isLoss(value: unknown): value is Loss {
  return typeof value === 'function' && 'lossName' in value
}

function isOp(value: unknown): value is ElementwiseOp {
  return typeof value === 'function' && 'hook' in value
}

function isLayer(value: unknown): value is Layer {
  return isRecord(value) && typeof value.kind === 'string' && typeof value.apply === 'function'
}

/** A default export goes by the name that it has itself. */
function nameOf(name: string, checkable: Checkable): string {
  if (name !== 'default') return name
  if ('loss' in checkable) return checkable.loss.lossName
  if ('layer' in checkable) return checkable.layer.kind
  return isOp(checkable.op) ? checkable.op.hook.name : name
}

function format(checks: readonly Named[]): string {
  const lines = checks.flatMap(({ name, ok, operands }) =>
    operands.map((operand) => [
      `${name} by ${operand.name}`,
      operand.relativeError.toExponential(1),
      `${operand.kinks} of ${operand.gradient.length}`,
      ok ? 'ok' : 'wrong',
    ]),
  )
  return formatTable([['gradient', 'relative error', 'kinks', ''], ...lines])
}

/** The gradients themselves are for programs that call `gradientCheck`. */
function withoutData(key: string, value: unknown): unknown {
  return key === 'gradient' || key === 'differences' ? undefined : value
}

function rangeOf(option: string): Parse<[number, number]> {
  return (given) => {
    const [low = NaN, high = NaN, ...others] = given
      .split(',')
      .map((part) => (part.trim() ? Number(part) : NaN))
    if (low < high && Number.isFinite(high - low) && others.length === 0) return [low, high]
    throw new OptionError(`${option} is '${given}', expected two numbers like -2,2, the smaller first`)
  }
}
