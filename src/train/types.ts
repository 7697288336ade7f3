/** What training tells: the shapes of reports, evaluations and runs, as pages, logs and the command line read them. */
import type { Gpu } from '../gpu/device.ts'
import type { PlannedDispatch } from '../graph/formatPlan.ts'
import type { VariantNames } from '../graph/value.ts'
import type { Sequential } from '../nn/model.ts'
import type { Loss } from '../ops/losses.ts'
import type { LossName } from './lossNames.ts'

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
  /** Share classified rightly of every step, as `losses`; null where the targets are not classes. */
  readonly accuracies: Float32Array | null
  /** Time that the device took over these steps, on the host's clock; it has no pause in it. */
  readonly seconds: number
  /** Time that JavaScript took to make and submit these steps, most of it while the device was at work. */
  readonly hostSeconds: number
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
  /** Training time of this epoch, without validation and pauses. */
  readonly seconds: number
  readonly samplesPerSecond: number
  /** Learning rate of the epoch's last step. */
  readonly learningRate: number
}

/** How well a class is told. */
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

/** What a model says of some examples. */
export interface Prediction {
  /** [count, outputs] f32: probabilities for a classifier, outputs otherwise. */
  readonly outputs: Float32Array
  /** `[count]`: the column of the largest output. */
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

/**
 * A training that has begun: its weights are those of the newest step submitted, so `predict`, `evaluate` and
 * `weights()` work while it runs. It belongs to `fit` until that resolves: do not dispose of it before.
 */
export interface Training extends TrainedModel {
  /** One step as a table for people. */
  readonly plan: string
  /** Which variants run: as `variants` of `fit` they give the same bits. */
  readonly variants: VariantNames
  /** The dispatches of a step in order. */
  readonly dispatches: readonly PlannedDispatch[]
}

/** A training that has ended. The optimiser's state stays on the device beside the weights, for `checkpoint`. */
export interface Run extends Training {
  readonly history: readonly EpochReport[]
  /** Mean loss of every step. */
  readonly losses: Float32Array
  /** True where the AbortSignal ended the run early; the weights are those after the last step done. */
  readonly stopped: boolean
  /** Mean over the training time, validation and pauses left out. */
  readonly samplesPerSecond: number
  /**
   * All that it takes to go on, as the bytes of a safetensors file: give them to `fit` as `resume`, with more epochs
   * or where a signal has stopped the run.
   */
  checkpoint(): Promise<Uint8Array<ArrayBuffer>>
}
