/** What the host knows of a run after the last step that it has taken in: all of its state but what is on the device. */
import { isRecord } from '../records.ts'
import type { EpochReport } from './types.ts'

export interface HostState {
  /** Mean loss of every step. */
  readonly losses: number[]
  /** Of the epochs that have ended. */
  readonly history: EpochReport[]
  /** Of the epoch under way. */
  epoch: EpochSums
}

/** Sums over some steps. */
export interface Sums {
  readonly loss: number
  readonly right: number
  readonly examples: number
}

export interface EpochSums extends Sums {
  readonly seconds: number
}

export const noSums: EpochSums = { loss: 0, right: 0, examples: 0, seconds: 0 }

export function newHostState(): HostState {
  return { losses: [], history: [], epoch: noSums }
}

/** Training time so far. */
export function secondsOf({ history, epoch }: HostState): number {
  return history.reduce((sum, { seconds }) => sum + seconds, epoch.seconds)
}

export function isEpochSums(value: unknown): value is EpochSums {
  return isRecord(value) && Object.keys(noSums).every((key) => typeof value[key] === 'number')
}

export function isEpochReport(value: unknown): value is EpochReport {
  if (!isMetrics(value) || !('validation' in value ? isMetrics(value.validation) : true)) return false
  return reportNumbers.every((key) => typeof value[key] === 'number')
}

const reportNumbers = ['epoch', 'epochs', 'seconds', 'samplesPerSecond', 'learningRate']

function isMetrics(value: unknown): value is Record<string, unknown> {
  if (!isRecord(value)) return false
  return typeof value.loss === 'number' && (value.accuracy === null || typeof value.accuracy === 'number')
}
