/** A model's answers to examples without targets. */
import { elementsOf } from '../graph/value.ts'
import type { Features } from './keptReaders.ts'
import { read } from './reader.ts'
import type { Prediction, TrainedModel } from './types.ts'

/** `predict`, which calls.ts documents. */
export async function predict(trained: TrainedModel, features: Features): Promise<Prediction> {
  const { outputs = new Float32Array() } = await read(trained, 'outputs', features)
  return { outputs, classes: largestColumns(outputs, elementsOf({ shape: trained.model.outputShape })) }
}

/** The first of equals, as argmax.wgsl has it. */
function largestColumns(values: Float32Array, columns: number): Uint32Array {
  return Uint32Array.from({ length: values.length / columns }, (_, row) => {
    const of = values.subarray(row * columns, (row + 1) * columns)
    return of.reduce((best, value, column) => (value > (of[best] ?? NaN) ? column : best), 0)
  })
}
