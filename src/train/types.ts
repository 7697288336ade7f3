/** What training tells: the shapes of reports, evaluations and runs, as pages, logs and the command line read them. */
import type { Gpu } from '../gpu/device.ts'
import type { Sequential } from '../nn/model.ts'
import type { Loss } from '../ops/losses.ts'
import type { LossName } from './graphs.ts'

/** Told once per report interval, after the steps that it covers are done. */
export interface StepReport {
  /** Steps done since the start of the run. */
  readonly step: number
  readonly totalSteps: number
  /** The epoch of the last step, from 1. */
  readonly epoch: number
  readonly epochs: number
  /** Mean loss per example over the steps of this interval. */
  readonly loss: number
  /** Share of examples classified rightly in this interval; null where the targets are not classes. */
  readonly accuracy: number | null
  /** Mean loss of every step of this interval, oldest first. */
  readonly losses: Float32Array
  readonly samplesPerSecond: number
  /** Estimated seconds until the run ends. */
  readonly secondsLeft: number
}

/** Loss and accuracy over a set of examples. */
export interface Metrics {
  /** Mean loss per example. */
  readonly loss: number
  /** null where the targets are not classes. */
  readonly accuracy: number | null
}

/** Told at the end of each epoch. */
export interface EpochReport extends Metrics {
  /** From 1. */
  readonly epoch: number
  readonly epochs: number
  readonly validation?: Metrics
  /** Training time of this epoch, without validation. */
  readonly seconds: number
  readonly samplesPerSecond: number
  /** Learning rate of the epoch's last step. */
  readonly learningRate: number
}

export interface ClassMetrics {
  readonly label: number
  readonly precision: number
  readonly recall: number
  readonly f1: number
  /** Examples of this class. */
  readonly support: number
}

export interface Evaluation extends Metrics {
  readonly count: number
  /** [true class][predicted class], counts; null where the targets are not classes. */
  readonly confusion: readonly (readonly number[])[] | null
  readonly perClass: readonly ClassMetrics[] | null
}

export interface Prediction {
  /** [count, outputs] f32: probabilities for a classifier, outputs otherwise. */
  readonly outputs: Float32Array
  /** [count]: the column of the largest output. */
  readonly classes: Uint32Array
}

/** A model with its weights on a device: what evaluate and predict take. */
export interface TrainedModel extends Disposable {
  readonly gpu: Gpu
  readonly model: Sequential
  /** What it was trained to minimise; outputs are probabilities where this is softmaxCrossEntropy. */
  readonly loss: LossName | Loss
  /** The parameters on the device: `model.parameters` says where each lies. */
  readonly parameters: GPUBuffer
  /** The weights as the bytes of a safetensors file, topology and preprocessing in its metadata. */
  weights(): Promise<Uint8Array<ArrayBuffer>>
  /** Frees the memory on the device; `using` does the same. */
  dispose(): void
}

/** A training run that has ended. */
export interface Run extends TrainedModel {
  readonly history: readonly EpochReport[]
  /** Mean loss of every step. */
  readonly losses: Float32Array
  /** True where the AbortSignal ended the run early; the weights are those after the last step done. */
  readonly stopped: boolean
  /** Mean over the training time, validation left out. */
  readonly samplesPerSecond: number
}
