/** Looking into a model: what its layers make of an example, and which inputs an answer hangs on. */
import { DataError } from '../errors.ts'
import { elementsOf } from '../graph/value.ts'
import type { Features } from './keptReaders.ts'
import { countOf, read } from './reader.ts'
import type { TrainedModel } from './types.ts'

/** What a model makes of examples on the way to its answers. */
export interface Activations {
  /** In the order of the model. */
  readonly layers: readonly {
    /** `dense_1`, as `summary` names it. */
    readonly name: string
    /** Of one example. */
    readonly shape: readonly number[]
    /** [count, …shape] f32. */
    readonly values: Float32Array
  }[]
  /** [count, outputs] f32, as `predict` gives them: probabilities for a classifier. */
  readonly outputs: Float32Array
}

/** `activations`, which calls.ts documents. */
export async function activations(trained: TrainedModel, features: Features): Promise<Activations> {
  const values = await read(trained, 'activations', features)
  const layers = trained.model.layers.map(({ name, outputShape: shape }) => {
    return { name, shape, values: valuesOf(values, name) }
  })
  return { layers, outputs: valuesOf(values, 'outputs') }
}

/** `saliency`, which calls.ts documents. */
export async function saliency(
  trained: TrainedModel,
  features: Features,
  classes: Uint32Array | readonly number[],
): Promise<Float32Array> {
  const count = countOf(trained, 'saliency', features)
  if (classes.length !== count) {
    throw new DataError(`saliency: ${classes.length} classes for ${count} examples; give one for each`)
  }
  const outputs = elementsOf({ shape: trained.model.outputShape })
  classes.forEach((label, i) => {
    if (Number.isInteger(label) && label >= 0 && label < outputs) return
    throw new DataError(
      `saliency: the class of example ${i} is ${label}; it must be a whole number from 0 to ${outputs - 1}`,
    )
  })
  return valuesOf(await read(trained, 'saliency', features, Uint32Array.from(classes)), 'gradient')
}

function valuesOf(values: Readonly<Record<string, Float32Array>>, name: string): Float32Array {
  const found = values[name]
  if (found === undefined) throw new RangeError(`the plan has the output ${name}`)
  return found
}
