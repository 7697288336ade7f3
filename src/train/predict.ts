/** A model's answers to examples without targets. */
import { DataError } from '../errors.ts'
import { bufferUsage } from '../gpu/device.ts'
import { compile } from '../graph/program.ts'
import { elementsOf, formatShape } from '../graph/value.ts'
import { optionsFor, planPrediction } from './graphs.ts'
import { Memory } from './memory.ts'
import { readOnce } from './readback.ts'
import { Resident } from './resident.ts'
import type { Prediction, TrainedModel } from './types.ts'

/**
 * Runs a model forward.
 *
 * @param features [count, …inputShape] row-major: u8 is normalised 0–255 to 0–1, f32 is used as it is
 * @throws DataError where the length is no multiple of an example's
 * @example
 * const { classes, outputs } = await predict(run, pixels) // outputs: [count, 10] probabilities
 */
export async function predict(
  { gpu, model, loss, parameters }: TrainedModel,
  features: Uint8Array | Float32Array,
): Promise<Prediction> {
  const width = elementsOf({ shape: model.inputShape })
  const count = features.length / width
  if (!Number.isInteger(count) || count === 0) {
    throw new DataError(
      `predict: ${features.length} features are no whole number of examples; one has ${width}: ${formatShape(model.inputShape)}`,
    )
  }
  const outputs = elementsOf({ shape: model.outputShape })
  const batchSize = Math.min(count, maxBatch)
  const own = features instanceof Uint8Array ? new Uint8Array(features) : new Float32Array(features)
  const memory = new Memory(gpu)
  try {
    const targets = new Uint32Array(count)
    const examples = { count, featureShape: model.inputShape, features: own, targets, outputs }
    const resident = memory.own(new Resident(gpu, examples))
    const size = count * outputs * 4
    const results = memory.buffer('predictions', size, bufferUsage.copySrc | bufferUsage.copyDst)
    const plan = planPrediction(model, loss, resident.batch(batchSize).x, optionsFor(gpu))
    const program = memory.own(await compile(gpu, plan, { buffers: { ...resident.buffers, parameters } }))
    for (let begin = 0; begin < count; begin += batchSize) {
      const rows = Math.min(batchSize, count - begin)
      program.run([{ begin, count: rows, metricsRow: 0 }])
      const { buffer } = program.output('outputs')
      const encoder = gpu.device.createCommandEncoder()
      encoder.copyBufferToBuffer(buffer, 0, results, begin * outputs * 4, rows * outputs * 4)
      gpu.device.queue.submit([encoder.finish()])
    }
    const values = new Float32Array(await readOnce(gpu, { buffer: results, size }))
    return { outputs: values, classes: largestColumns(values, outputs) }
  } finally {
    memory.dispose()
  }
}

const maxBatch = 500

/** The first of equals, as argmax.wgsl has it. */
function largestColumns(values: Float32Array, columns: number): Uint32Array {
  return Uint32Array.from({ length: values.length / columns }, (_, row) => {
    const of = values.subarray(row * columns, (row + 1) * columns)
    return of.reduce((best, value, column) => (value > (of[best] ?? NaN) ? column : best), 0)
  })
}
