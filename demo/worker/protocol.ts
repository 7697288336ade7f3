/**
 * What the page and its worker say to one another. The worker has the device, the data set and the model; the page asks
 * (`Laboratory`, through Comlink) and is told (`LabEvent`).
 */
import type {
  AdapterDescription,
  EpochReport,
  Evaluation,
  ProfiledDispatch,
  StepReport,
} from '../../src/index.ts'
import type { Config } from '../config.ts'
import type { RunRecord } from '../record.ts'

/** What the worker does for the page; a call rejects with the library's error, its name and message kept. */
export interface Laboratory {
  /** Opens the device, reads the data set, brings the last model back; `config` is compiled meanwhile. */
  open(config: Config, tell: (event: LabEvent) => void): Promise<void>
  /** How large a model is, before it is trained. */
  describe(config: Config): Size
  /** Trains a new model and tests it; resolves when the run has ended, by itself or by `stop`. */
  train(config: Config): Promise<void>
  /** Trains the last run for one epoch more. */
  trainOn(): Promise<void>
  pause(): void
  goOn(): void
  stop(): void
  /** What the model makes of one image, [784] u8. */
  look(image: Uint8Array): Promise<Look>
  /** Images of the test set by their rows: [count, 784] u8. */
  testImages(rows: readonly number[]): Uint8Array
  /** Weights of the first layer as images of its units, at most so many. */
  firstLayer(most: number): Promise<FirstLayer>
  /** Times each dispatch of a training step. */
  profile(config: Config): Promise<readonly ProfiledDispatch[]>
  /** The model as the bytes of a safetensors file. */
  save(): Promise<Uint8Array<ArrayBuffer>>
  /** Takes a model from such a file, the command line's too. */
  load(name: string, weights: Uint8Array): Promise<void>
  /** Destroys the device behind the library's back, as a driver would. */
  loseDevice(): void
  /** Deletes data set and model from this browser. */
  forget(): Promise<void>
}

export interface Size {
  readonly parameters: number
  /** On the GPU: weights and what the optimiser keeps for each. */
  readonly bytes: number
}

export interface Look {
  /** Of the ten digits. */
  readonly probabilities: Float32Array
  readonly layers: readonly { readonly name: string; readonly values: Float32Array }[]
  /** [784]: gradient of the likeliest digit's logit with respect to each pixel. */
  readonly saliency: Float32Array
}

export interface FirstLayer {
  readonly units: number
  /** [shown, 784] */
  readonly images: Float32Array
}

/** A model as the page describes it. */
export interface ModelState {
  /** `784-128-10` */
  readonly shape: string
  readonly parameters: number
  readonly origin: Origin
}

/** A run that can be trained on, or a file that cannot. */
export type Origin =
  { readonly kind: 'run'; readonly config: Config } | { readonly kind: 'file'; readonly name: string }

export interface TestResult {
  readonly evaluation: Evaluation
  /** [10000] the digit that the model says. */
  readonly predicted: Uint8Array
  /** [10000, 10] */
  readonly probabilities: Float32Array
}

/** What happens in the worker, in order. */
export type LabEvent =
  | { readonly type: 'device'; readonly adapter: AdapterDescription }
  | { readonly type: 'loading'; readonly loadedBytes: number; readonly totalBytes: number | null }
  | { readonly type: 'data'; readonly testLabels: Uint8Array }
  /** The first step is compiled; again after a device was lost. */
  | { readonly type: 'begin'; readonly plan: string }
  | { readonly type: 'report'; readonly report: StepReport }
  | { readonly type: 'epoch'; readonly report: EpochReport }
  | { readonly type: 'paused'; readonly paused: boolean }
  | { readonly type: 'end'; readonly stopped: boolean }
  | { readonly type: 'model'; readonly model: ModelState; readonly record: RunRecord }
  | { readonly type: 'test'; readonly result: TestResult }
  | { readonly type: 'memory'; readonly bytes: number }
  | { readonly type: 'lost' }
  /** What went wrong where nobody had asked. */
  | { readonly type: 'failure'; readonly error: Pick<Error, 'name' | 'message'> }
