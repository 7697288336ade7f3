/**
 * The store hooks as the case table uses them: for each what its buffers hold before the run, and by the hook's twin
 * what becomes of a result on its way through it.
 */
import * as hooks from '../../src/generated/hooks.ts'
import type { Constants, StoreHook } from '../../src/gpu/link.ts'
import { adam as adamTwin } from '../reference/adam.ts'
import { add as addTwin } from '../reference/add.ts'
import { bias as biasTwin } from '../reference/bias.ts'
import { gelu as geluTwin } from '../reference/gelu.ts'
import { geluGrad as geluGradTwin } from '../reference/gelu_grad.ts'
import { relu as reluTwin } from '../reference/relu.ts'
import { reluGrad as reluGradTwin } from '../reference/relu_grad.ts'
import { sgd as sgdTwin } from '../reference/sgd.ts'
import { sigmoid as sigmoidTwin } from '../reference/sigmoid.ts'
import { sigmoidGrad as sigmoidGradTwin } from '../reference/sigmoid_grad.ts'
import { tanh as tanhTwin } from '../reference/tanh.ts'
import { tanhGrad as tanhGradTwin } from '../reference/tanh_grad.ts'
import { normals, uniforms } from './data.ts'

/** Where the elements of a result lie in `out`: element e at index[e] of `length` elements, in rows of N. */
export interface Layout {
  readonly N: number
  readonly index: Uint32Array
  readonly length: number
}

export interface Store {
  readonly hook: StoreHook
  readonly constants: Constants
  /** The hook's bindings, and `out` where it is updated in place. */
  readonly buffers: Readonly<Record<string, Float32Array>>
  /** What it may add to the relative error in norm. */
  readonly tolerance: number
  /** The twin: the result, and what the hook's own buffers hold after it. */
  readonly apply: (value: Float64Array) => {
    readonly value: Float64Array
    readonly written: Readonly<Record<string, Float64Array>>
  }
}

/** Makes a store for a result that lies so. */
export type StoreOf = (layout: Layout) => Store

/** A few roundings to f32, each 2⁻²⁴ = 6e-8 at most. */
const arithmetic = 5e-7
/** WGSL § 15.7.4.1 admits 3 + 2 |x| ulp for exp: 12 ulp = 1.4e-6 for x around 4, where sigmoids still change. */
const withExp = 2e-6
/** WGSL § 15.7.4.1 admits an absolute error of 1e-5 for tanh. */
const withTanh = 1e-5

/** The optimisers' settings in all cases: large steps, so that an error of the update shows in the parameter. */
const settings = { step: 3, learningRate: 0.5, beta1: 0.75, beta2: 0.5, epsilon: 0.25, momentum: 0.75 }

/** The same as the host writes it into the step row: Adam's bias correction is folded in. */
export const stepSize = {
  learningRate:
    (settings.learningRate * Math.sqrt(1 - settings.beta2 ** settings.step)) /
    (1 - settings.beta1 ** settings.step),
  epsilon: settings.epsilon * Math.sqrt(1 - settings.beta2 ** settings.step),
}

export const bias: StoreOf = ({ N }) => {
  const row = normals(N, 21)
  return {
    hook: hooks.bias,
    constants: {},
    buffers: { bias: row },
    tolerance: arithmetic,
    apply: (input) => ({ value: biasTwin({ input, row: Float64Array.from(row), N }), written: {} }),
  }
}

export const add = withSaved(hooks.add, arithmetic, addTwin)

export const relu = elementwise(hooks.relu, 0, reluTwin)
export const tanh = elementwise(hooks.tanh, withTanh, tanhTwin)
export const sigmoid = elementwise(hooks.sigmoid, withExp, sigmoidTwin)
export const gelu = elementwise(hooks.gelu, withTanh, geluTwin)

export const reluGrad = withSaved(hooks.relu_grad, 0, reluGradTwin)
export const tanhGrad = withSaved(hooks.tanh_grad, arithmetic, tanhGradTwin)
export const sigmoidGrad = withSaved(hooks.sigmoid_grad, arithmetic, sigmoidGradTwin)
export const geluGrad = withSaved(hooks.gelu_grad, withTanh, geluGradTwin)

export const adam: StoreOf = ({ index, length }) => {
  const [out, first, second] = [normals(length, 22), normals(length, 23), uniforms(length, 24)]
  return {
    hook: hooks.adam,
    constants: { ONE_MINUS_BETA1: 1 - settings.beta1, ONE_MINUS_BETA2: 1 - settings.beta2 },
    buffers: { out, first_moment: first, second_moment: second },
    tolerance: 2 * arithmetic, // a root and a quotient, 2.5 ulp each, beside the arithmetic
    apply(gradient) {
      const [parameter, firstMoment, secondMoment] = [pick(out), pick(first), pick(second)]
      const after = adamTwin({ parameter, gradient, firstMoment, secondMoment, ...settings })
      const moments = [put(first, after.firstMoment), put(second, after.secondMoment)] as const
      return { value: after.parameter, written: { first_moment: moments[0], second_moment: moments[1] } }
    },
  }

  function pick(memory: Float32Array): Float64Array {
    return Float64Array.from(index, (at) => memory[at]!)
  }
  function put(memory: Float32Array, values: Float64Array): Float64Array {
    return place(values, index, Float64Array.from(memory))
  }
}

export const sgd: StoreOf = ({ index, length }) => {
  const [out, velocity] = [normals(length, 25), normals(length, 26)]
  return {
    hook: hooks.sgd,
    constants: { MOMENTUM: settings.momentum },
    buffers: { out, velocity },
    tolerance: arithmetic,
    apply(gradient) {
      const after = sgdTwin({
        parameter: Float64Array.from(index, (at) => out[at]!),
        velocity: Float64Array.from(index, (at) => velocity[at]!),
        gradient,
        learningRate: stepSize.learningRate,
        momentum: settings.momentum,
      })
      const written = { velocity: place(after.velocity, index, Float64Array.from(velocity)) }
      return { value: after.parameter, written }
    },
  }
}

/** Puts the elements of a result where they lie in memory. */
export function place(values: Float64Array, index: Uint32Array, memory: Float64Array): Float64Array {
  index.forEach((at, e) => {
    memory[at] = values[e]!
  })
  return memory
}

function elementwise(
  hook: StoreHook,
  tolerance: number,
  twin: (input: Float64Array) => Float64Array,
): StoreOf {
  const apply: Store['apply'] = (input) => ({ value: twin(input), written: {} })
  return () => ({ hook, constants: {}, buffers: {}, tolerance, apply })
}

/** A hook that reads one matrix beside the result, in the result's own layout. */
function withSaved(
  hook: StoreHook,
  tolerance: number,
  twin: (value: Float64Array, saved: Float64Array) => Float64Array,
): StoreOf {
  return ({ length }) => {
    // Within (−1, 1), as the outputs of tanh and sigmoid are; some of it 0, as relu's are.
    const saved = uniforms(length, 27, -1, 1).map((x) => (x < -0.5 ? 0 : x))
    const binding = hook.bindings[0]!.name
    const apply: Store['apply'] = (value) => ({ value: twin(value, Float64Array.from(saved)), written: {} })
    return { hook, constants: {}, buffers: { [binding]: saved }, tolerance, apply }
  }
}
