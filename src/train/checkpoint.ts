/**
 * A checkpoint: a weights file that also has what a training needs to go on as if nothing had happened. Beside the
 * parameters it holds the optimiser's state and the losses as tensors, and the rest of the record in its metadata.
 */
import { writeSafetensors } from '../io/safetensors.ts'
import type { Sequential } from '../nn/model.ts'
import type { HostState } from './hostState.ts'
import type { Settings } from './options.ts'
import type { TrainingState } from './trainingState.ts'
import { describeModel } from './weights.ts'

/** What must be the same in the run that goes on. */
export interface Identity extends Pick<Settings, 'loss' | 'optimizer' | 'batchSize' | 'seed'> {
  readonly model: Sequential
  /** Examples of the training set. */
  readonly examples: number
}

/** The bytes of a checkpoint. Both states must agree: call it where no step is under way. */
export async function writeCheckpoint(
  state: TrainingState,
  { losses, history, epoch }: HostState,
  identity: Identity,
): Promise<Uint8Array<ArrayBuffer>> {
  const data = Float32Array.from(losses)
  const record = { version: 1, ...recordOf(identity), epoch, history }
  return writeSafetensors([...(await state.tensors()), { name: lossesName, shape: [data.length], data }], {
    wgrad: describeModel(identity.model, identity.loss),
    checkpoint: JSON.stringify(record),
  })
}

export const lossesName = 'training/losses'

/** The options that a checkpoint keeps, by the words of `fit`. */
export function recordOf({
  optimizer: { name, config },
  batchSize,
  seed,
  examples,
}: Identity): Record<string, unknown> {
  return { optimizer: { name, ...config }, batchSize, seed, examples }
}
