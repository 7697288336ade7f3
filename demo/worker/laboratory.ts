/**
 * The worker's side of the page: one device, one data set, one model, and what happens to them. A device that is lost is
 * opened again: by `fit` while it trains, from its last checkpoint; here otherwise, from the model's bytes.
 */
import {
  DeviceLostError,
  type Gpu,
  OptionError,
  type ProfiledDispatch,
  type TrainedModel,
  activations,
  evaluate,
  fit,
  getWeights,
  loadModel,
  openDevice,
  parameterCount,
  predict,
  profile,
  saliency,
  take,
  warmUp,
} from '../../src/index.ts'
import type { Mnist } from '../../src/mnist.ts'
import type { Config } from '../config.ts'
import { type RunRecord, noRecord, withEpoch, withReport } from '../record.ts'
import { forgetMnist, loadMnist } from './data.ts'
import { type Kept, forget, keep, readKept } from './keep.ts'
import type { FirstLayer, LabEvent, Laboratory, Look, Size } from './protocol.ts'
import { checkDigits, imagesOf, like, modelOf, shapeOf, trainingOf } from './recipe.ts'

export class Lab implements Laboratory {
  readonly #site: URL
  #tell: (event: LabEvent) => void = () => undefined
  #gpu: Gpu | undefined
  #restoring: Promise<void> | undefined
  #mnist: Mnist | undefined
  #trained: TrainedModel | undefined
  /** What the model is made of again on another device, and trained on from. */
  #kept: Kept | undefined
  /** The introduction under way: a model is not replaced before it is over. */
  #introduction: Promise<void> | undefined
  #abort: AbortController | undefined
  #gate: { readonly opened: Promise<void>; readonly open: () => void } | undefined

  /** @param site the folder of the page */
  constructor(site: URL) {
    this.#site = site
  }

  async open(config: Config, tell: (event: LabEvent) => void): Promise<void> {
    this.#tell = tell
    const gpu = await this.#openDevice()
    // What does not compile, the first training says.
    const compiled = warmUp(gpu, modelOf(config), like, trainingOf(config)).catch(() => undefined)
    this.#mnist = await loadMnist(new URL('mnist/', this.#site), (progress) => {
      tell({ type: 'loading', ...progress })
    })
    tell({ type: 'data', testLabels: Uint8Array.from(this.#mnist.test.targets) })
    await compiled
    const kept = await readKept()
    if (kept === undefined) return
    try {
      await this.#take(kept)
    } catch (error) {
      // Told once, not with every visit.
      await forget()
      throw error
    }
  }

  describe(config: Config): Size {
    const model = modelOf(config)
    const copies = 1 + trainingOf(config).optimizer.state.length
    return { parameters: parameterCount(model), bytes: copies * model.parameterBytes }
  }

  async train(config: Config): Promise<void> {
    await this.#fit(config)
  }

  async trainOn(): Promise<void> {
    if (this.#kept?.kind !== 'run')
      throw new OptionError('a model from a file cannot be trained on: it has no optimiser state')
    const { config, record } = this.#kept
    const until = record.history.length + 1
    // A run that was stopped keeps the schedule of all its epochs.
    await this.#fit({ ...config, epochs: Math.max(config.epochs, until) }, { ...this.#kept, until })
  }

  pause(): void {
    if (this.#gate !== undefined || this.#abort === undefined) return
    let open: () => void = () => undefined
    const opened = new Promise<void>((resolve) => (open = resolve))
    this.#gate = { opened, open }
    this.#tell({ type: 'paused', paused: true })
  }

  goOn(): void {
    if (this.#gate === undefined) return
    this.#gate.open()
    this.#gate = undefined
    this.#tell({ type: 'paused', paused: false })
  }

  stop(): void {
    this.#abort?.abort()
    this.goOn()
  }

  async look(image: Uint8Array): Promise<Look> {
    return await this.#withModel(async (trained) => {
      const { layers, outputs } = await activations(trained, image)
      const likeliest = outputs.indexOf(Math.max(...outputs))
      return { probabilities: outputs, layers, saliency: await saliency(trained, image, [likeliest]) }
    })
  }

  testImages(rows: readonly number[]): Uint8Array {
    const { features, count } = this.#data.test
    const width = features.length / count
    const images = new Uint8Array(rows.length * width)
    rows.forEach((row, i) => {
      images.set(features.subarray(row * width, (row + 1) * width), i * width)
    })
    return images
  }

  async firstLayer(most: number): Promise<FirstLayer> {
    return await this.#withModel(async (trained) => {
      const first = (await getWeights(trained)).get('dense_1.weight')
      const units = first?.shape.at(-1) ?? 0
      const images = Float32Array.from({ length: 784 * Math.min(units, most) }, (_, i) => {
        const [unit, pixel] = [Math.floor(i / 784), i % 784]
        return first?.data[pixel * units + unit] ?? 0
      })
      return { units, images }
    })
  }

  async profile(config: Config): Promise<readonly ProfiledDispatch[]> {
    return await this.#withDevice((gpu) =>
      profile(gpu, modelOf(config), take(this.#data.train, 2048), trainingOf(config)),
    )
  }

  async save(): Promise<Uint8Array<ArrayBuffer>> {
    return await this.#withModel((trained) => trained.weights())
  }

  async load(name: string, weights: Uint8Array): Promise<void> {
    await this.#take({ kind: 'file', name, weights })
  }

  loseDevice(): void {
    this.#gpu?.device.destroy()
  }

  async forget(): Promise<void> {
    await Promise.all([forget(), forgetMnist()])
  }

  /** Trains, keeps, and tests; where it goes on, until the end of an epoch. */
  async #fit(config: Config, from?: Begun): Promise<void> {
    if (this.#abort !== undefined) throw new OptionError('a training is running; stop it first')
    const abort = new AbortController()
    this.#abort = abort
    await this.#introduction
    let record = from?.record ?? noRecord
    const keepRun = async (weights: Uint8Array): Promise<void> => {
      this.#kept = { kind: 'run', config, record, weights }
      await keep(this.#kept)
    }
    try {
      const gpu = await this.#device()
      const run = await fit(gpu, modelOf(config), imagesOf(this.#data.train, config), {
        ...trainingOf(config),
        ...(config.validation > 0 && { validation: config.validation / 100 }),
        ...(from && { resume: from.weights }),
        signal: abort.signal,
        reopen: () => this.#openDevice(),
        checkpoint: { save: keepRun },
        onStart: (training) => {
          this.#replace(training)
          this.#tell({ type: 'begin', plan: training.plan })
        },
        onReport: async (report) => {
          record = withReport(record, report)
          this.#tell({ type: 'report', report })
          this.#tellMemory()
          await this.#gate?.opened
        },
        onEpoch: (report) => {
          record = withEpoch(record, report)
          if (report.epoch === from?.until) abort.abort()
          this.#tell({ type: 'epoch', report })
        },
      })
      this.#trained = run
      await keepRun(await run.checkpoint())
      this.#tell({ type: 'end', stopped: run.stopped && record.history.length !== from?.until })
    } catch (error) {
      // What is told is why it failed, not what may follow from that.
      await this.#takeBack().catch(() => undefined)
      throw error
    } finally {
      this.#abort = undefined
      this.goOn()
    }
    await this.#introduce()
  }

  /** The model that was there before a training failed. */
  async #takeBack(): Promise<void> {
    this.#trained = undefined
    const gpu = await this.#device()
    if (this.#kept === undefined) return
    this.#replace(loadModel(gpu, this.#kept.weights))
    await this.#introduce()
  }

  /** Takes over a model that was kept here, or comes from a file. */
  async #take(kept: Kept): Promise<void> {
    await this.#introduction
    const trained = loadModel(await this.#device(), kept.weights)
    try {
      checkDigits(trained)
    } catch (error) {
      trained.dispose()
      throw error
    }
    this.#replace(trained)
    this.#kept = kept
    await keep(kept)
    await this.#introduce()
  }

  /** Tells what the model is, and what it does on the test set. */
  async #introduce(): Promise<void> {
    const kept = this.#kept
    if (kept === undefined) return
    const told = this.#tellModel(kept)
    // Who waits for its end need not know how it ended.
    this.#introduction = told.catch(() => undefined)
    await told
  }

  async #tellModel(kept: Kept): Promise<void> {
    const { test } = this.#data
    await this.#withModel(async (trained) => {
      const { model } = trained
      const [origin, record] =
        kept.kind === 'run'
          ? [{ kind: kept.kind, config: kept.config }, kept.record]
          : [{ kind: kept.kind, name: kept.name }, noRecord]
      const state = { shape: shapeOf(model), parameters: parameterCount(model), origin }
      this.#tell({ type: 'model', model: state, record })
      const evaluation = await evaluate(trained, test)
      const { classes, outputs } = await predict(trained, test.features)
      const result = { evaluation, predicted: Uint8Array.from(classes), probabilities: outputs }
      this.#tell({ type: 'test', result })
      this.#tellMemory()
    })
  }

  get #data(): Mnist {
    if (this.#mnist === undefined) throw new OptionError('the data set is not loaded yet')
    return this.#mnist
  }

  #replace(trained: TrainedModel): void {
    if (this.#trained !== trained) this.#trained?.dispose()
    this.#trained = trained
  }

  #tellMemory(): void {
    this.#tell({ type: 'memory', bytes: this.#gpu?.memory().bytes ?? 0 })
  }

  async #openDevice(): Promise<Gpu> {
    const gpu = await openDevice()
    this.#gpu = gpu
    this.#tell({ type: 'device', adapter: gpu.adapter })
    void gpu.device.lost.then(() => {
      if (this.#gpu !== gpu) return
      this.#gpu = undefined
      this.#tell({ type: 'lost' })
      // A training has its own way back.
      if (this.#abort === undefined) {
        this.#restore().catch((error: unknown) => {
          this.#tell({ type: 'failure', error: toError(error) })
        })
      }
    })
    return gpu
  }

  /** The device, once more where the last was lost. */
  async #device(): Promise<Gpu> {
    await (this.#gpu === undefined ? this.#restore() : this.#restoring)
    if (this.#gpu === undefined) throw new DeviceLostError('the device was lost again; reload the page')
    return this.#gpu
  }

  /** A new device with the model on it; one at a time. */
  #restore(): Promise<void> {
    const restore = async (): Promise<void> => {
      const gpu = await this.#openDevice()
      if (this.#kept !== undefined) this.#replace(loadModel(gpu, this.#kept.weights))
    }
    this.#restoring ??= restore().finally(() => (this.#restoring = undefined))
    return this.#restoring
  }

  async #withModel<T>(work: (trained: TrainedModel) => Promise<T>): Promise<T> {
    return await this.#withDevice(async () => {
      if (this.#trained === undefined) throw new OptionError('there is no model yet; train one')
      return await work(this.#trained)
    })
  }

  /** Once more on a new device, where the first was lost meanwhile. */
  async #withDevice<T>(work: (gpu: Gpu) => Promise<T>): Promise<T> {
    try {
      return await work(await this.#device())
    } catch (error) {
      if (!(error instanceof DeviceLostError) || this.#abort !== undefined) throw error
      return await work(await this.#device())
    }
  }
}

/** A run to go on with. */
interface Begun {
  readonly record: RunRecord
  /** Its checkpoint. */
  readonly weights: Uint8Array
  /** The last epoch. */
  readonly until: number
}

/** As Comlink carries the rejections of calls. */
function toError(error: unknown): Pick<Error, 'name' | 'message'> {
  const { name, message } = error instanceof Error ? error : new Error(String(error))
  return { name, message }
}
