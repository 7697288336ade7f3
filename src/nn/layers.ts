/** The layers of a sequential model: plain objects that say their shapes and parameters and apply ops to a value. */
import { OptionError, ShapeError } from '../errors.ts'
import { type Shape, type Value, elementsOf, formatShape } from '../graph/value.ts'
import { bias } from '../ops/bias.ts'
import { gelu as geluOp } from '../ops/gelu.ts'
import { matmul } from '../ops/matmul.ts'
import { relu as reluOp } from '../ops/relu.ts'
import { sigmoid as sigmoidOp } from '../ops/sigmoid.ts'
import { softmax as softmaxOp } from '../ops/softmax.ts'
import { tanh as tanhOp } from '../ops/tanh.ts'
import { type Fans, type Initializer, glorotUniform, heNormal, zeros } from './initializers.ts'

/** A layer of a sequential model. Shapes leave the batch out: [784] is a batch of rows of 784. */
export interface Layer {
  /** The name of the function that makes it. */
  readonly kind: string
  /** What a weights file must say to make it again. */
  readonly config: Readonly<Record<string, number | string>>
  /** Throws ShapeError where the layer cannot take this input. */
  outputShape(input: Shape): Shape
  /** What it learns, for an input of this shape. */
  parameters(input: Shape): readonly ParameterSpec[]
  /** Applies the layer to x [batch, …input]; the parameters are in the order of `parameters()`. */
  apply(x: Value, parameters: readonly Value[]): Value
}

/** A parameter of a layer, before it has values. */
export interface ParameterSpec {
  readonly name: string
  readonly shape: Shape
  readonly initializer: Initializer
  readonly fans: Fans
}

const initializers = { glorotUniform, heNormal } satisfies Record<string, Initializer>

/** Options of `dense`. */
export interface DenseOptions {
  /**
   * How weights begin; biases begin at zero. `glorotUniform` (Glorot & Bengio 2010), or `heNormal` (He et al. 2015) for
   * deep models with relu. Default glorotUniform.
   */
  readonly initializer?: keyof typeof initializers
}

/**
 * x · W + b: a fully connected layer, from [features] to [units]; W [features, units] and b [units] are f32.
 *
 * @throws OptionError where units is not a whole number from 1 up
 * @example
 * sequential([784], [dense(128), relu(), dense(10)])
 */
export function dense(units: number, { initializer = 'glorotUniform' }: DenseOptions = {}): Layer {
  if (!Number.isSafeInteger(units) || units < 1) {
    throw new OptionError(`dense: units is ${units}; it must be a whole number from 1 up`)
  }
  return {
    kind: 'dense',
    config: { units, initializer },
    outputShape(input) {
      if (input.length !== 1) {
        throw new ShapeError(
          `dense: the input is ${formatShape(input)} for each example; it must be flat: [${elementsOf({ shape: input })}]`,
        )
      }
      return [units]
    },
    parameters([features = 0]) {
      const fans = { fanIn: features, fanOut: units }
      return [
        { name: 'weight', shape: [features, units], initializer: initializers[initializer], fans },
        { name: 'bias', shape: [units], initializer: zeros, fans },
      ]
    },
    apply(x, [weight, shift]) {
      if (weight === undefined || shift === undefined) throw new RangeError('dense has a weight and a bias')
      return bias(matmul(x, weight), shift)
    },
  }
}

/**
 * max(x, 0), for an input of any shape, as the activations below. Its gradient at 0 is 0.
 *
 * @example
 * sequential([784], [dense(128), relu(), dense(10)])
 */
export const relu = activation('relu', reluOp)
/**
 * The hyperbolic tangent.
 *
 * @example
 * sequential([784], [dense(128), tanh(), dense(10)])
 */
export const tanh = activation('tanh', tanhOp)
/**
 * 1 / (1 + exp(−x)).
 *
 * @example
 * sequential([784], [dense(128), sigmoid(), dense(10)])
 */
export const sigmoid = activation('sigmoid', sigmoidOp)
/**
 * x · Φ(x), in the tanh approximation of Hendrycks & Gimpel 2016.
 *
 * @example
 * sequential([784], [dense(128), gelu(), dense(10)])
 */
export const gelu = activation('gelu', geluOp)
/**
 * exp(x) of each output over their sum: probabilities. The last layer of a classifier or none: with softmaxCrossEntropy
 * training reads the logits before it, and predictions are probabilities either way.
 *
 * @example
 * sequential([784], [dense(10), softmax()])
 */
export const softmax = activation('softmax', softmaxOp)

function activation(kind: string, op: (x: Value) => Value): () => Layer {
  return () => layer({ kind, apply: (x) => op(x) })
}

/** What a layer must say; the rest is by default that of an activation: the shape stays, no parameters, no settings. */
export type LayerDefinition = Pick<Layer, 'kind' | 'apply'> & Partial<Layer>

/**
 * A layer of your own, made of `ops` or of what `defineOp` makes. Give it the name of the function that makes it as its
 * kind: `loadModel` finds it by that.
 *
 * @example
 * const doubled = () => layer({ kind: 'doubled', apply: (x) => ops.add(x, x) })
 * const model = sequential([784], [dense(128), doubled(), relu(), dense(10)])
 */
export function layer(definition: LayerDefinition): Layer {
  return { config: {}, outputShape: (input) => input, parameters: () => [], ...definition }
}

type Config = Readonly<Record<string, unknown>>

/** Functions that make layers again from what a weights file says of them, by kind. */
export type LayerMakers = Readonly<Record<string, (config: Config) => Layer | undefined>>

/** Makes a layer again, one of a user's own or of ours; undefined where there is no such layer. */
export function layerFrom(kind: string, config: Config, own: LayerMakers): Layer | undefined {
  const all = { ...own, ...makers }
  return Object.hasOwn(all, kind) ? all[kind]?.(config) : undefined
}

/** Every kind of layer, by name. */
const makers: LayerMakers = {
  dense: denseFrom,
  relu,
  tanh,
  sigmoid,
  gelu,
  softmax,
}

function denseFrom({ units, initializer = 'glorotUniform' }: Config): Layer | undefined {
  const isKnown = initializer === 'glorotUniform' || initializer === 'heNormal'
  return typeof units === 'number' && isKnown ? dense(units, { initializer }) : undefined
}
