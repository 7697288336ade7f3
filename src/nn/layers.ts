/** The layers of a sequential model: plain objects that say their shapes and parameters and apply ops to a value. */
import { OptionError, ShapeError } from '../errors.ts'
import { type Shape, type Value, formatShape } from '../graph/value.ts'
import { bias } from '../ops/bias.ts'
import { gelu as geluOp } from '../ops/gelu.ts'
import { matmul } from '../ops/matmul.ts'
import { relu as reluOp } from '../ops/relu.ts'
import { sigmoid as sigmoidOp } from '../ops/sigmoid.ts'
import { softmax as softmaxOp } from '../ops/softmax.ts'
import { tanh as tanhOp } from '../ops/tanh.ts'
import { type Fans, type Initializer, glorotUniform, heNormal, zeros } from './initializers.ts'

/** Shapes leave the batch out: [784] is a batch of rows of 784. */
export interface Layer {
  /** The name of the function that makes it. */
  readonly kind: string
  /** What a weights file must say to make it again. */
  readonly config: Readonly<Record<string, number | string>>
  /** Throws ShapeError where the layer cannot take this input. */
  outputShape(input: Shape): Shape
  parameters(input: Shape): readonly ParameterSpec[]
  /** Applies the layer to x [batch, …input]; the parameters are in the order of `parameters()`. */
  apply(x: Value, parameters: readonly Value[]): Value
}

export interface ParameterSpec {
  readonly name: string
  readonly shape: Shape
  readonly initializer: Initializer
  readonly fans: Fans
}

const initializers = { glorotUniform, heNormal } satisfies Record<string, Initializer>

export interface DenseOptions {
  /** How weights begin; biases begin at zero. Default glorotUniform. */
  readonly initializer?: keyof typeof initializers
}

/**
 * x · W + b: a fully connected layer of so many units.
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
          `dense: the input is ${formatShape(input)} for each example; it must be flat: [features]`,
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

/** max(x, 0). */
export const relu = activation('relu', reluOp)
/** The hyperbolic tangent. */
export const tanh = activation('tanh', tanhOp)
/** 1 / (1 + exp(−x)). */
export const sigmoid = activation('sigmoid', sigmoidOp)
/** x · Φ(x), in the tanh approximation of Hendrycks & Gimpel 2016. */
export const gelu = activation('gelu', geluOp)
/** exp(x) of each output over their sum: probabilities. The last layer of a classifier; its loss reads the logits. */
export const softmax = activation('softmax', softmaxOp)

function activation(kind: string, op: (x: Value) => Value): () => Layer {
  return () => ({
    kind,
    config: {},
    outputShape: (input) => input,
    parameters: () => [],
    apply: (x) => op(x),
  })
}

/** Makes a layer again from what a weights file says of it; undefined where there is no such layer. */
export function layerFrom(kind: string, config: Readonly<Record<string, unknown>>): Layer | undefined {
  switch (kind) {
    case 'dense': {
      const { units, initializer = 'glorotUniform' } = config
      if (typeof units !== 'number' || (initializer !== 'glorotUniform' && initializer !== 'heNormal'))
        return undefined
      return dense(units, { initializer })
    }
    case 'relu':
      return relu()
    case 'tanh':
      return tanh()
    case 'sigmoid':
      return sigmoid()
    case 'gelu':
      return gelu()
    case 'softmax':
      return softmax()
    default:
      return undefined
  }
}
