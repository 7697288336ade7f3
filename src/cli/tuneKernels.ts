/** `wgrad tune-kernels`: times the variants of each kernel on this machine, and stores the fastest for `wgrad train`. */
import { type Command, Option } from 'commander'
import { dataset } from '../data/dataset.ts'
import { tuningCache, tuningPath } from '../node/tuningFile.ts'
import { adam } from '../nn/optimizers.ts'
import type { VariantTrial } from '../train/compete.ts'
import { writeChoices } from '../train/storedChoices.ts'
import { type TunedDispatch, type Tuning, tune } from '../train/tune.ts'
import { type CommonOptions, integer, integerList, number, withCommonOptions } from './options.ts'
import { openAlone } from './prerequisites.ts'
import { classifier, defaults, shapeName } from './recipe.ts'
import { formatSeconds, formatTable } from './table.ts'

interface TuneKernelsOptions extends CommonOptions {
  readonly hidden: readonly number[]
  readonly batch: number
  readonly seconds: number
}

export function addTuneKernels(program: Command): void {
  const command = program
    .command('tune-kernels')
    .description('Time the variants of each kernel of a training step; wgrad train then uses the fastest.')
    .addOption(
      new Option('--hidden <list>', 'widths of the hidden layers, 512,256; none for no hidden layer')
        .argParser(integerList('--hidden', 1, 8192))
        .default(defaults.hidden, defaults.hidden.join()),
    )
    .option('--batch <n>', 'examples of a step', integer('--batch', 1, 60_000), defaults.batch)
    .option(
      '--seconds <number>',
      'budget, compilation included; what is not reached keeps its default',
      number('--seconds', { above: 0, most: 3600 }),
      2,
    )
    .addHelpText('after', examples)
    .action(tuneKernels)
  withCommonOptions(command)
}

const examples = `
Examples:
  wgrad tune-kernels
  wgrad tune-kernels --hidden 512,256 --batch 256 --seconds 60
  wgrad tune-kernels --json`

async function tuneKernels({ hidden, batch, seconds, ...common }: TuneKernelsOptions): Promise<void> {
  using gpu = await openAlone(common)
  console.error(`${shapeName(hidden)}, batch ${batch}, for ${formatSeconds(seconds)} on ${gpu.adapter.name}`)
  // The examples themselves make no difference; a batch of them is as many as a step reads.
  const examples = dataset({
    features: new Uint8Array(batch * 784),
    targets: new Uint8Array(batch),
    classes: 10,
  })
  const tuning = await tune(gpu, classifier(hidden), examples, {
    loss: 'softmaxCrossEntropy',
    optimizer: adam(),
    batchSize: batch,
    seconds,
    onProgress: ({ key, chosen }) => {
      console.error(`${key}: ${chosen}`)
    },
  })
  await writeChoices(tuningCache(), gpu, tuning.choices)
  const cache = tuningPath()
  if (common.json === true) console.log(JSON.stringify({ adapter: gpu.adapter.name, ...tuning, cache }))
  else console.log(formatTuning(tuning, cache))
}

function formatTuning({ dispatches, choices, seconds, compileSeconds }: Tuning, cache: string): string {
  const tables = dispatches.filter(({ trials }) => trials.length > 0).map(formatDispatch)
  const open = dispatches.filter(({ key }) => choices[key] === undefined).length
  const notReached = `${open} of ${dispatches.length} keep their default: the time was up; give more with --seconds`
  return [
    ...tables,
    `${formatSeconds(seconds)}, ${formatSeconds(compileSeconds)} of it compiling; stored in ${cache}`,
    ...(open > 0 ? [notReached] : []),
  ].join('\n\n')
}

/** `*` before the variant that is chosen. */
function formatDispatch({ key, chosen, trials }: TunedDispatch): string {
  const rows = trials.map((trial) => [
    `${trial.variant === chosen ? '*' : ' '} ${trial.variant}`,
    trial.seconds === null ? '–' : (1000 * trial.seconds).toPrecision(3),
    trial.error === null ? '–' : trial.error.toExponential(1),
    formatSeconds(trial.compileSeconds),
    remarkOn(trial),
  ])
  return `${key}\n${formatTable([['  variant', 'ms', 'error', 'compiled in', ''], ...rows])}`
}

function remarkOn({ refused }: VariantTrial): string {
  return refused === null ? '' : `refused: ${refused}`
}
