/** A training that begins from bytes: from weights, or from a checkpoint as if nothing had happened. */
import { OptionError, WeightsError } from '../errors.ts'
import { readSafetensors } from '../io/readSafetensors.ts'
import type { HostTensor } from '../io/safetensors.ts'
import type { Sequential } from '../nn/model.ts'
import { parseRecord } from '../records.ts'
import type { Values } from './arena.ts'
import { type Identity, lossesName, recordOf } from './checkpoint.ts'
import { type HostState, isEpochReport, isEpochSums } from './hostState.ts'
import type { StateValues } from './trainingState.ts'
import { describeModel, valuesFor } from './weights.ts'

/** Where a run begins. */
export interface Start {
  readonly values: StateValues
  readonly host: HostState
}

/** The weights of a file for a model. Throws WeightsError where it has none, or those of another model. */
export function readWeights(bytes: Uint8Array, model: Sequential): Values {
  return valuesFor(model, readSafetensors(bytes).tensors)
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
