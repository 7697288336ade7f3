/** A sequential model: named layers, the shapes between them, and where each parameter lies in one arena. */
import { OptionError, ShapeError } from '../errors.ts'
import { type Shape, type Value, checkShape, elementsOf, external } from '../graph/value.ts'
import type { Layer, ParameterSpec } from './layers.ts'

/** A model: layers, one after another. */
export interface Sequential {
  /** Shape of one example. */
  readonly inputShape: Shape
  readonly outputShape: Shape
  readonly layers: readonly NamedLayer[]
  /** All parameters, in the order in which they lie in the arena. */
  readonly parameters: readonly Parameter[]
  /** Bytes of the arena. */
  readonly parameterBytes: number
}

export interface NamedLayer {
  /** `dense_1`: the kind and its count. */
  readonly name: string
  readonly layer: Layer
  readonly outputShape: Shape
  readonly parameters: readonly Parameter[]
}

/** A parameter of a model. */
export interface Parameter extends ParameterSpec {
  /** `dense_1.weight`. */
  readonly name: string
  /** Where it starts in the arena, in bytes; a multiple of 256, so that it can be bound. */
  readonly offset: number
}

/**
 * A model that applies its layers one after the other.
 *
 * @param inputShape shape of one example, without the batch
 * @throws ShapeError where a layer cannot take what the one before it gives
 * @throws OptionError where there is no layer, or softmax stands elsewhere than at the end
 * @example
 * const model = sequential([784], [dense(128), relu(), dense(10)])
 */
export function sequential(inputShape: Shape, layers: readonly Layer[]): Sequential {
  checkShape('sequential', inputShape)
  if (layers.length === 0)
    throw new OptionError('sequential: there is no layer; the least is one dense layer')
  if (layers.slice(0, -1).some(({ kind }) => kind === 'softmax')) {
    throw new OptionError('sequential: softmax must be the last layer')
  }
  const counts = new Map<string, number>()
  let shape = inputShape
  let end = 0
  const named = layers.map((layer): NamedLayer => {
    const count = (counts.get(layer.kind) ?? 0) + 1
    counts.set(layer.kind, count)
    const name = `${layer.kind}_${count}`
    const outputShape = within(name, () => layer.outputShape(shape))
    const parameters = layer.parameters(shape).map((spec): Parameter => {
      const offset = end
      end = align(offset + elementsOf(spec) * 4)
      return { ...spec, name: `${name}.${spec.name}`, offset }
    })
    shape = outputShape
    return { name, layer, outputShape, parameters }
  })
  return {
    inputShape,
    outputShape: shape,
    layers: named,
    parameters: named.flatMap(({ parameters }) => parameters),
    // A model of activations alone has no parameters, but a buffer needs a size.
    parameterBytes: Math.max(end, 256),
  }
}

/** A parameter as an external value of the buffer that holds the arena, or the like for an optimiser's state. */
export function parameterValue({ name, shape, offset }: Parameter, buffer = 'parameters'): Value {
  return external({ buffer, offset, shape, dtype: 'f32', label: name })
}

/** What each of the layers makes of a value; parameters are the values of `parameterValue`, made by the caller once each. */
export function applyLayers(
  layers: readonly NamedLayer[],
  x: Value,
  valueOf: (parameter: Parameter) => Value,
): Value[] {
  let value = x
  return layers.map(({ layer, parameters }) => (value = layer.apply(value, parameters.map(valueOf))))
}

/**
 * Number of trainable numbers.
 *
 * @example
 * parameterCount(sequential([784], [dense(128), relu(), dense(10)])) // 101770
 */
export function parameterCount({ parameters }: Pick<Sequential, 'parameters'>): number {
  return parameters.reduce((sum, parameter) => sum + elementsOf(parameter), 0)
}

const align = (bytes: number): number => Math.ceil(bytes / 256) * 256

function within<T>(name: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof ShapeError) throw new ShapeError(`${name}: ${error.message}`, { cause: error })
    throw error
  }
}
