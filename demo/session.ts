/**
 * The state of the page as signals, the worker's events made into it, and what a user can do. Panels read the signals and
 * call the actions; of the worker itself they ask only what is no state of the page.
 */
import { type ReadonlySignal, batch, computed, signal } from '@preact/signals-core'
import * as Comlink from 'comlink'
import type { AdapterDescription, ProfiledDispatch, StepReport } from '../src/index.ts'
import { type Config, fromQuery, toQuery } from './config.ts'
import { type Failure, failureOf, missingWebGpu } from './failures.ts'
import { type RunRecord, noRecord, withEpoch, withReport } from './record.ts'
import type { LabEvent, Laboratory, ModelState, TestResult } from './worker/protocol.ts'

/** What the page is doing: one thing at a time. */
export type Phase =
  'opening' | 'loading' | 'ready' | 'compiling' | 'training' | 'paused' | 'ending' | 'failed'

/** Bytes of the data set that have arrived. */
export interface Loading {
  readonly loadedBytes: number
  readonly totalBytes: number | null
}

const { config: firstConfig, refused } = fromQuery(location.search)

export const config = signal<Config>(firstConfig)
/** What the address got wrong. */
export const refusedSettings = signal<readonly string[]>(refused)
export const phase = signal<Phase>('opening')
export const failure = signal<Failure | undefined>(undefined)
export const adapter = signal<AdapterDescription | undefined>(undefined)
export const loading = signal<Loading | undefined>(undefined)
export const testLabels = signal<Uint8Array>(new Uint8Array())
export const plan = signal<string>('')
export const record = signal<RunRecord>(noRecord)
export const report = signal<StepReport | undefined>(undefined)
/** Seconds of training so far, pauses left out. */
export const elapsed = signal(0)
export const memoryBytes = signal(0)
export const model = signal<ModelState | undefined>(undefined)
export const test = signal<TestResult | undefined>(undefined)
export const dispatchTimes = signal<readonly ProfiledDispatch[]>([])
/** Grows when the model's weights have changed. */
export const weightsVersion = signal(0)
/** Said to people who cannot see the page change. */
export const announcement = signal('')

export const isTraining: ReadonlySignal<boolean> = computed(() =>
  ['compiling', 'training', 'paused', 'ending'].includes(phase.value),
)
/** Whether there are weights to ask: a model, or a training under way. */
export const hasModel: ReadonlySignal<boolean> = computed(
  () => model.value !== undefined || ['training', 'paused', 'ending'].includes(phase.value),
)

const worker = new Worker(new URL('./worker/worker.ts', import.meta.url), {
  type: 'module',
  name: new URL('.', location.href).href,
})
/** The worker: a look at a digit, images of the test set. */
export const laboratory = Comlink.wrap<Laboratory>(worker)

/** Opens device and data; call it once. */
export async function open(): Promise<void> {
  const missing = missingWebGpu()
  if (missing !== undefined) {
    fail(missing)
    return
  }
  worker.addEventListener('error', (event) => {
    fail(failureOf(new Error(event.message || 'the worker could not be loaded')))
  })
  await attempt(async () => {
    await laboratory.open(config.value, Comlink.proxy(hear))
  })
}

export function train(): Promise<void> {
  record.value = noRecord
  return run(() => laboratory.train(config.value))
}

export function trainOn(): Promise<void> {
  return run(() => laboratory.trainOn())
}

export function pause(): void {
  void laboratory.pause()
}

export function goOn(): void {
  void laboratory.goOn()
}

export function stop(): void {
  phase.value = 'ending'
  void laboratory.stop()
}

export async function load(file: File): Promise<void> {
  await attempt(async () => {
    await laboratory.load(file.name, new Uint8Array(await file.arrayBuffer()))
  })
}

/** Times the dispatches of a step with this configuration. */
export async function measure(): Promise<void> {
  await attempt(async () => {
    dispatchTimes.value = await laboratory.profile(config.value)
  })
}

/** Changes the configuration; the address follows. */
export function configure(change: Partial<Config>): void {
  config.value = { ...config.value, ...change }
  const query = toQuery(config.value)
  history.replaceState(null, '', query === '' ? location.pathname : `?${query}`)
}

/** Makes an effect run again when these change, whatever it reads of them. */
export function dependOn(...signals: readonly ReadonlySignal<unknown>[]): unknown {
  return signals.map(({ value }) => value)
}

/** Does something; what goes wrong is shown, not lost. */
export async function attempt(work: () => Promise<void>): Promise<void> {
  try {
    if (failure.peek()?.fatal !== true) failure.value = undefined
    await work()
  } catch (error) {
    fail(failureOf(error))
  }
}

async function run(work: () => Promise<void>): Promise<void> {
  batch(() => {
    phase.value = 'compiling'
    report.value = undefined
    test.value = undefined
    elapsed.value = 0
  })
  await attempt(work)
}

function fail(found: Failure): void {
  batch(() => {
    failure.value = found
    phase.value = found.fatal ? 'failed' : testLabels.value.length > 0 ? 'ready' : phase.value
  })
}

function hear(event: LabEvent): void {
  batch(() => {
    apply(event)
  })
}

function apply(event: LabEvent): void {
  switch (event.type) {
    case 'device':
      adapter.value = event.adapter
      if (phase.value === 'opening') phase.value = 'loading'
      return
    case 'loading':
      loading.value = event
      return
    case 'data':
      testLabels.value = event.testLabels
      phase.value = 'ready'
      return
    case 'begin':
      plan.value = event.plan
      phase.value = 'training'
      return
    case 'report':
      report.value = event.report
      record.value = withReport(record.value, event.report)
      elapsed.value += event.report.seconds
      weightsVersion.value++
      return
    case 'epoch':
      record.value = withEpoch(record.value, event.report)
      announcement.value = `Epoch ${event.report.epoch} of ${event.report.epochs} is done.`
      return
    case 'paused':
      if (phase.value === 'training' || phase.value === 'paused')
        phase.value = event.paused ? 'paused' : 'training'
      return
    case 'end':
      phase.value = 'ready'
      announcement.value = event.stopped ? 'Training stopped.' : 'Training is done.'
      return
    case 'model':
      model.value = event.model
      test.value = undefined
      record.value = event.record
      weightsVersion.value++
      return
    case 'test':
      test.value = event.result
      return
    case 'memory':
      memoryBytes.value = event.bytes
      return
    case 'lost':
      announcement.value = 'The GPU was lost; opening it again.'
      return
    case 'failure':
      fail(failureOf(event.error))
      return
    default:
      event satisfies never
  }
}
