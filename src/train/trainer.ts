/** What a training run needs on the device beside its state: dataset, metrics and the program of a step. */
import type { Dataset } from '../data/dataset.ts'
import { bufferUsage } from '../gpu/device.ts'
import type { Plan } from '../graph/plan.ts'
import { compile, compilePasses } from '../graph/program.ts'
import type { Step } from '../gpu/step.ts'
import { type GraphOptions, planTraining } from './graphs.ts'
import type { Memory } from './memory.ts'
import { metricsRowBytes, sumParts } from './metrics.ts'
import { Readback } from './readback.ts'
import { Resident, batchOf } from './resident.ts'
import type { TrainingState } from './trainingState.ts'

/** The most steps between two reads of the metrics, each of which has a row there, and the most bytes of the rows. */
const maxMetricsRows = 1024
const maxMetricsBytes = 2 ** 20

/** The most steps of one submit. */
export const maxStepsPerSubmit = 256

export interface Trainer {
  readonly plan: Plan
  /** The most steps between two reads of the metrics. */
  readonly maxStepsPerReport: number
  /** Sets the order in which the steps submitted from now on see the examples. */
  setPermutation(permutation: Uint32Array<ArrayBuffer>): void
  /** Submits steps, at most `maxStepsPerSubmit`; returns at once. */
  submit(steps: readonly Step[]): void
  /** (sum of losses, right answers) of rows 0 … steps − 1 as they are after the work submitted so far: [steps, 2]. */
  readMetrics(steps: number): Promise<Float64Array>
}

export interface TrainerOptions {
  readonly state: TrainingState
  readonly dataset: Dataset
  readonly batchSize: number
  readonly graph: GraphOptions
}

/** @param memory holds what the training needs on the device */
export async function createTrainer(memory: Memory, options: TrainerOptions): Promise<Trainer> {
  const { state, dataset, batchSize, graph } = options
  const { gpu, model, loss, optimizer, parameters, optimizerState } = state
  const usage = bufferUsage.storage | bufferUsage.copySrc
  const rowBytes = metricsRowBytes(batchSize)
  const rows = Math.max(1, Math.min(maxMetricsRows, Math.floor(maxMetricsBytes / rowBytes)))
  const batch = batchOf(dataset, batchSize)
  const plan = planTraining({ model, loss, optimizer, batch, metricsRows: rows }, graph)
  // Compiled while the dataset goes to the device; `compile` waits for it, and says what fails.
  compilePasses(gpu, plan).catch(() => undefined)
  const resident = memory.own(new Resident(gpu, dataset, batchSize))
  const metrics = memory.buffer('metrics', rows * rowBytes, usage)
  const readback = memory.own(new Readback(gpu, metrics.size))
  const buffers = { ...resident.buffers, ...optimizerState, parameters, metrics }
  const program = memory.own(await compile(gpu, plan, { buffers, maxSteps: maxStepsPerSubmit }))
  return {
    plan,
    maxStepsPerReport: rows,
    setPermutation: resident.setPermutation,
    submit(steps) {
      program.run(steps)
    },
    async readMetrics(steps) {
      return sumParts(
        new Float32Array(await readback.read({ buffer: metrics, size: steps * rowBytes })),
        steps,
      )
    },
  }
}
