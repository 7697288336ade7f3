/** `wgrad predict`: images of digits to what a model takes them for. */
import type { Command } from 'commander'
import { readWeights } from '../node/files.ts'
import { predict } from '../train/predict.ts'
import { drawDigit, readDigit } from './digitFile.ts'
import { type CommonOptions, text, withCommonOptions } from './options.ts'
import { openAlone } from './prerequisites.ts'
import { formatPercent } from './table.ts'
import { loadDigitModel } from './weightsFile.ts'

interface PredictOptions extends CommonOptions {
  readonly asIs?: boolean
}

export function addPredict(program: Command): void {
  const command = program
    .command('predict')
    .description('Say which digit an image shows.')
    .argument('<weights>', 'a weights file (safetensors)', text('weights'))
    .argument('<image...>', 'PNG files, or raw files of 28×28 bytes')
    .option('--as-is', 'take the pixels as they are: white on black, 28×28')
    .addHelpText('after', examples)
    .action(predictImages)
  withCommonOptions(command)
}

const examples = `
An image may show dark ink on a light ground or the reverse, in any size: it is inverted where needed,
cropped, scaled and centred as the images of MNIST are.

Examples:
  wgrad predict runs/first/weights.safetensors seven.png
  wgrad predict runs/first/weights.safetensors *.png --json`

interface ImagePrediction {
  readonly file: string
  readonly digit: number
  /** Of the digits 0 to 9. */
  readonly probabilities: readonly number[]
}

async function predictImages(path: string, files: readonly string[], options: PredictOptions): Promise<void> {
  const bytes = await readWeights(path)
  const digits = await Promise.all(files.map((file) => readDigit(file, options.asIs === true)))
  using gpu = await openAlone(options)
  const features = Uint8Array.from(digits.flatMap((digit) => [...digit]))
  const { outputs, classes } = await predict(loadDigitModel(gpu, bytes, path), features)
  const predictions = files.map((file, i): ImagePrediction => {
    return { file, digit: classes[i] ?? NaN, probabilities: [...outputs.subarray(10 * i, 10 * (i + 1))] }
  })
  if (options.json === true)
    console.log(JSON.stringify({ adapter: gpu.adapter.name, weights: path, predictions }))
  else console.log(predictions.map((prediction, i) => format(prediction, digits[i])).join('\n\n'))
}

/** What the model sees beside the probabilities. */
function format({ file, digit, probabilities }: ImagePrediction, pixels = new Uint8Array(784)): string {
  const picture = drawDigit(pixels)
  const bars = probabilities.map((probability, candidate) => {
    const bar = '█'.repeat(Math.round(20 * probability))
    return `${candidate} ${formatPercent(probability).padStart(9)}  ${bar}`.trimEnd()
  })
  const lines = Array.from({ length: Math.max(picture.length, bars.length) }, (_, i) =>
    `  ${(picture[i] ?? '').padEnd(28)}  ${bars[i] ?? ''}`.trimEnd(),
  )
  return [`${file}: ${digit} (${formatPercent(probabilities[digit])})`, ...lines].join('\n')
}
