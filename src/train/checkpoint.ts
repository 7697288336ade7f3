/**
 * A checkpoint: a weights file that also has what a training needs to go on as if nothing had happened. Beside the
 * parameters it holds the optimiser's state and the losses as tensors, and the rest of the record in its metadata.
 */
import { OptionError, WeightsError } from '../errors.ts'
import { type HostTensor, readSafetensors, writeSafetensors } from '../io/safetensors.ts'
import type { Sequential } from '../nn/model.ts'
import { parseRecord } from '../records.ts'
import type { Settings } from './options.ts'
import { type HostState, isEpochReport, isEpochSums } from './hostState.ts'
import type { StateValues, TrainingState } from './trainingState.ts'
import { describeModel, valuesFor } from './weights.ts'

/** What must be the same in the run that goes on. */
export interface Identity extends Pick<Settings, 'loss' | 'optimizer' | 'batchSize' | 'seed'> {
  readonly model: Sequential
  /** Examples of the training set. */
  readonly examples: number
}

/** Where a run begins. */
export interface Start {
  readonly values: StateValues
  readonly host: HostState
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

/**
 * Reads a checkpoint for a run.
 *
 * @throws WeightsError where the bytes are no checkpoint, or one of another model
 * @throws OptionError where another option was set when it was made
 */
export function readCheckpoint(bytes: Uint8Array, identity: Identity): Start {
  const { tensors, metadata } = readSafetensors(bytes)
  if (metadata.checkpoint === undefined) {
    throw new WeightsError(
      'resume: the file has weights but no "checkpoint" entry in its metadata; pass it as weights to begin from them',
    )
  }
  const { model, loss, optimizer } = identity
  const parameters = valuesFor(model, tensors)
  const [theirs = 'nothing', ours] = [metadata.wgrad, describeModel(model, loss)]
  if (theirs !== ours) {
    throw new WeightsError(
      `resume: the checkpoint is of ${theirs}, the run of ${ours}; pass the model and the loss that it was made with`,
    )
  }
  const record = parseRecord(metadata.checkpoint)
  if (record?.version !== 1) {
    throw new WeightsError(`resume: the checkpoint has version ${String(record?.version)}, expected 1`)
  }
  checkRecord(record, recordOf(identity))
  const states = optimizer.state.map((name) => [name, valuesFor(model, within(tensors, name))] as const)
  return {
    values: { parameters, optimizerState: Object.fromEntries(states) },
    host: parseHostState(record, tensors.get(lossesName), identity),
  }
}

const lossesName = 'training/losses'

/** The options that a checkpoint keeps, by the words of `fit`. */
function recordOf({
  optimizer: { name, config },
  batchSize,
  seed,
  examples,
}: Identity): Record<string, unknown> {
  return { optimizer: { name, ...config }, batchSize, seed, examples }
}

function checkRecord(theirs: Readonly<Record<string, unknown>>, ours: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(ours)) {
    const [was, is] = [JSON.stringify(theirs[name]), JSON.stringify(value)]
    if (was === is) continue
    const fix = name === 'examples' ? 'pass the same dataset and validation' : `pass the same ${name}`
    throw new OptionError(`resume: ${name} was ${was} when the checkpoint was made, and is ${is}; ${fix}`)
  }
}

/** The tensors of a state of the optimiser, by the names of the parameters. */
function within(tensors: ReadonlyMap<string, HostTensor>, state: string): Map<string, HostTensor> {
  const prefix = `${state}/`
  const own = [...tensors].filter(([name]) => name.startsWith(prefix))
  return new Map(own.map(([name, tensor]) => [name.slice(prefix.length), tensor]))
}

function parseHostState(
  { epoch, history }: Readonly<Record<string, unknown>>,
  losses: HostTensor | undefined,
  { batchSize, examples }: Identity,
): HostState {
  if (losses !== undefined && isEpochSums(epoch) && Array.isArray(history) && history.every(isEpochReport)) {
    const stepsOfEpoch = losses.data.length - history.length * Math.ceil(examples / batchSize)
    if (stepsOfEpoch >= 0 && epoch.examples === Math.min(stepsOfEpoch * batchSize, examples))
      return { losses: [...losses.data], history, epoch }
  }
  throw new WeightsError('resume: the record of the checkpoint is damaged; use another checkpoint')
}
