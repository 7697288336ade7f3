/** Loss, accuracy and confusion matrix of a trained model over a dataset, with one readback. */
import { ShapeError } from '../errors.ts'
import type { Dataset } from '../data/dataset.ts'
import { bufferUsage } from '../gpu/device.ts'
import { compile } from '../graph/program.ts'
import { type Shape, elementsOf, formatShape } from '../graph/value.ts'
import { type GraphOptions, optionsFor, planEvaluation } from './graphs.ts'
import { defaultBatchSize } from './options.ts'
import { Memory } from './memory.ts'
import { metricsRowBytes, sumParts } from './metrics.ts'
import { Readback } from './readback.ts'
import { Resident } from './resident.ts'
import type { ClassMetrics, Evaluation, TrainedModel } from './types.ts'

/** `evaluate`, which calls.ts documents. */
export async function evaluate(trained: TrainedModel, dataset: Dataset): Promise<Evaluation> {
  const graph = await optionsFor(trained.gpu)
  const memory = new Memory(trained.gpu)
  try {
    return await createEvaluator(memory, trained, dataset, graph)()
  } finally {
    memory.dispose()
  }
}

/** An evaluation that can be repeated as the weights change. */
export type Evaluator = () => Promise<Evaluation>

/**
 * Asks for the kernels at once; the first evaluation waits for them.
 *
 * @param memory holds what the evaluation needs on the device
 * @param batchSize that of the training, where there is one
 */
export function createEvaluator(
  memory: Memory,
  { gpu, model, loss, parameters }: TrainedModel,
  dataset: Dataset,
  options: GraphOptions,
  batchSize = defaultBatchSize,
): Evaluator {
  checkFit(model.inputShape, model.outputShape, dataset)
  const { count, outputs } = dataset
  const rows = evaluationBatchSize(batchSize)
  const steps = Array.from({ length: Math.ceil(count / rows) }, (_, metricsRow) => ({
    begin: metricsRow * rows,
    count: Math.min(rows, count - metricsRow * rows),
    metricsRow,
  }))
  const hasCounts = hasClasses(loss, dataset)
  const resident = memory.own(new Resident(gpu, dataset))
  const usage = bufferUsage.storage | bufferUsage.copySrc | bufferUsage.copyDst
  const metricsBytes = steps.length * metricsRowBytes(rows)
  // A regression counts nothing, but what is read and bound must have a size.
  const countBytes = hasCounts ? outputs * outputs * 4 : 4
  const metrics = memory.buffer('metrics', metricsBytes, usage)
  const counts = memory.buffer('counts', countBytes, usage)
  const readback = memory.own(new Readback(gpu, Math.max(metricsBytes, countBytes)))
  const plan = planEvaluation(
    { model, loss, batch: resident.batch(rows), metricsRows: steps.length, counts: hasCounts },
    options,
  )
  const buffers = { ...resident.buffers, parameters, metrics, counts }
  const compiling = memory.ownLater(compile(gpu, plan, { buffers, maxSteps: stepsPerSubmit }))

  return async () => {
    const program = await compiling
    gpu.device.queue.writeBuffer(counts, 0, new Uint8Array(countBytes))
    for (let at = 0; at < steps.length; at += stepsPerSubmit)
      program.run(steps.slice(at, at + stepsPerSubmit))
    const [sums, cells] = await gpu.wait(
      Promise.all([
        readback.read({ buffer: metrics, size: metricsBytes }),
        readback.read({ buffer: counts, size: countBytes }),
      ]),
    )
    const [loss = NaN, right = NaN] = sumParts(new Float32Array(sums), 1)
    const found = hasCounts ? new Uint32Array(cells) : null
    return summarise({ loss, right }, found, count, outputs)
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

/** That of the training, so that what both run is compiled once; a small one would cost more in dispatches. */
export function evaluationBatchSize(batchSize: number): number {
  return batchSize < 32 ? defaultBatchSize : batchSize
}

const stepsPerSubmit = 64

function summarise(
  { loss, right }: { readonly loss: number; readonly right: number },
  cells: Uint32Array | null,
  count: number,
  classes: number,
): Evaluation {
  const confusion =
    cells &&
    Array.from({ length: classes }, (_, row) => [...cells.subarray(row * classes, (row + 1) * classes)])
  return {
    count,
    loss: loss / count,
    accuracy: confusion && right / count,
    confusion,
    perClass: confusion?.map((_, label) => classMetrics(confusion, label)) ?? null,
  }
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
