/** Parameter updates: elementwise on the gradient, written into the parameter itself. */
import * as hooks from '../generated/hooks.ts'
import { type StoreOp, type Value, apply } from '../graph/value.ts'

/** Parameter and gradient of one update, of one shape. */
export interface Update {
  readonly parameter: Value
  readonly gradient: Value
}

/** The state that Adam keeps for a parameter, of its shape. */
export interface AdamState {
  readonly firstMoment: Value
  readonly secondMoment: Value
}

export interface AdamConstants {
  readonly beta1: number
  readonly beta2: number
}

/** Adam: Kingma & Ba 2015, algorithm 1; step size and ε, bias correction folded in, come with each step. */
export function adamUpdate(
  { parameter, gradient }: Update,
  { firstMoment, secondMoment }: AdamState,
  { beta1, beta2 }: AdamConstants,
): Value {
  return apply(adamOp, [gradient, firstMoment, secondMoment], [parameter], {
    attributes: { oneMinusBeta1: 1 - beta1, oneMinusBeta2: 1 - beta2 },
    into: { 0: parameter },
    label: parameter.node.label,
  })
}

/** Gradient descent with momentum: v ← momentum · v + gradient, parameter ← parameter − learning rate · v. */
export function sgdUpdate(
  { parameter, gradient }: Update,
  { velocity }: { readonly velocity: Value },
  { momentum }: { readonly momentum: number },
): Value {
  return apply(sgdOp, [gradient, velocity], [parameter], {
    attributes: { momentum },
    into: { 0: parameter },
    label: parameter.node.label,
  })
}

const adamOp: StoreOp = {
  kind: 'store',
  name: 'adam',
  hook: hooks.adam,
  flopsPerElement: 12,
  constants: ({ attributes: { oneMinusBeta1 = 0, oneMinusBeta2 = 0 } }) => ({
    ONE_MINUS_BETA1: oneMinusBeta1,
    ONE_MINUS_BETA2: oneMinusBeta2,
  }),
}

const sgdOp: StoreOp = {
  kind: 'store',
  name: 'sgd',
  hook: hooks.sgd,
  flopsPerElement: 4,
  constants: ({ attributes: { momentum = 0 } }) => ({ MOMENTUM: momentum }),
}
