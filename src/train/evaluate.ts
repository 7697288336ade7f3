/** Loss and accuracy of a model over a dataset, while it trains and after; then with its confusion matrix. */
import { ShapeError } from '../errors.ts'
import type { Dataset } from '../data/dataset.ts'
import { bufferUsage } from '../gpu/device.ts'
import type { Plan } from '../graph/plan.ts'
import { compile } from '../graph/program.ts'
import { type Shape, elementsOf, formatShape } from '../graph/value.ts'
import { type LossGraph, optionsFor, planEvaluation } from './graphs.ts'
import { defaultBatchSize } from './options.ts'
import { Memory } from './memory.ts'
import { metricsRowBytes, sumParts } from './metrics.ts'
import { Readback, readOnce } from './readback.ts'
import { Resident, batchOf } from './resident.ts'
import type { ClassMetrics, Evaluation, Metrics, TrainedModel } from './types.ts'

/** `evaluate`, which calls.ts documents. */
export async function evaluate(trained: TrainedModel, dataset: Dataset): Promise<Evaluation> {
  const { gpu, model, loss } = trained
  const { count, outputs } = dataset
  checkFit(model.inputShape, model.outputShape, dataset)
  const graph = await optionsFor(gpu)
  const memory = new Memory(gpu)
  try {
    const size = outputs * outputs * 4
    const usage = bufferUsage.storage | bufferUsage.copySrc
    const counts = hasClasses(loss, dataset) ? memory.buffer('counts', size, usage) : null
    const evaluator = await createEvaluator(memory, trained, dataset, {
      planOf: (step) => planEvaluation({ ...step, counts: counts !== null }, graph),
      ...(counts && { buffers: { counts } }),
    })
    const metrics = await evaluator()
    const cells = counts && new Uint32Array(await readOnce(gpu, { buffer: counts, size }))
    return { count, ...metrics, ...byClass(cells, outputs) }
  } finally {
    memory.dispose()
  }
}

/** An evaluation that can be repeated as the weights change. */
export type Evaluator = () => Promise<Metrics>

export interface EvaluatorOptions {
  /** What runs on each batch: it writes the metrics. */
  readonly planOf: (step: LossGraph) => Plan
  /** Rows of a batch. Default 128. */
  readonly batchSize?: number
  /** What the plan asks for beside the dataset, the metrics and the parameters. */
  readonly buffers?: Readonly<Record<string, GPUBuffer>>
}

/** @param memory holds what the evaluation needs on the device */
export async function createEvaluator(
  memory: Memory,
  { gpu, model, loss, parameters }: TrainedModel,
  dataset: Dataset,
  { planOf, batchSize = defaultBatchSize, buffers }: EvaluatorOptions,
): Promise<Evaluator> {
  const { count } = dataset
  const steps = Array.from({ length: Math.ceil(count / batchSize) }, (_, metricsRow) => ({
    begin: metricsRow * batchSize,
    count: Math.min(batchSize, count - metricsRow * batchSize),
    metricsRow,
  }))
  const resident = memory.own(new Resident(gpu, dataset, count))
  const size = steps.length * metricsRowBytes(batchSize)
  const metrics = memory.buffer('metrics', size, bufferUsage.storage | bufferUsage.copySrc)
  const readback = memory.own(new Readback(gpu, size))
  const plan = planOf({ model, loss, batch: batchOf(dataset, batchSize), metricsRows: steps.length })
  const program = memory.own(
    await compile(gpu, plan, {
      buffers: { ...resident.buffers, ...buffers, parameters, metrics },
      maxSteps: stepsPerSubmit,
    }),
  )
  const hasRight = hasClasses(loss, dataset)

  return async () => {
    for (let at = 0; at < steps.length; at += stepsPerSubmit)
      program.run(steps.slice(at, at + stepsPerSubmit))
    const sums = new Float32Array(await gpu.wait(readback.read({ buffer: metrics, size })))
    const [loss = NaN, right = NaN] = sumParts(sums, 1)
    return { loss: loss / count, accuracy: hasRight ? right / count : null }
  }
}

/** Throws ShapeError unless a model of these shapes can be trained and evaluated on the dataset. */
export function checkFit(inputShape: Shape, outputShape: Shape, { featureShape, outputs }: Dataset): void {
  if (elementsOf({ shape: inputShape }) !== elementsOf({ shape: featureShape })) {
    throw new ShapeError(
      `the model takes ${formatShape(inputShape)} but an example of the dataset is ${formatShape(featureShape)}`,
    )
  }
  if (elementsOf({ shape: outputShape }) !== outputs) {
    throw new ShapeError(
      `the model gives ${formatShape(outputShape)} but the dataset has ${outputs} classes or target columns`,
    )
  }
}

/** Whether right answers can be counted: a regression has none. */
export function hasClasses(loss: TrainedModel['loss'], { targets }: Dataset): boolean {
  return loss === 'softmaxCrossEntropy' || targets instanceof Uint32Array
}

const stepsPerSubmit = 64

function byClass(cells: Uint32Array | null, classes: number): Pick<Evaluation, 'confusion' | 'perClass'> {
  const confusion =
    cells &&
    Array.from({ length: classes }, (_, row) => [...cells.subarray(row * classes, (row + 1) * classes)])
  return { confusion, perClass: confusion?.map((_, label) => classMetrics(confusion, label)) ?? null }
}

function classMetrics(confusion: readonly (readonly number[])[], label: number): ClassMetrics {
  const sum = (counts: readonly number[]): number => counts.reduce((total, value) => total + value, 0)
  const right = confusion[label]?.[label] ?? 0
  const support = sum(confusion[label] ?? [])
  const predicted = sum(confusion.map((row) => row[label] ?? 0))
  const precision = predicted === 0 ? 0 : right / predicted
  const recall = support === 0 ? 0 : right / support
  const f1 = right === 0 ? 0 : (2 * precision * recall) / (precision + recall)
  return { label, precision, recall, f1, support }
}
