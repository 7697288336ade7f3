/**
 * Reverse mode, graph to graph: each op says how the gradient of its output becomes gradients of its inputs; here they
 * are put in order and summed where a value is used twice.
 */
import { ShapeError } from '../errors.ts'
import * as hooks from '../generated/hooks.ts'
import { type Node, type StoreOp, type Value, apply, formatShape, sameShape } from './value.ts'

/**
 * The gradients of `of` with respect to `wrt`.
 *
 * `of` is a loss, or any value together with `seed`, the gradient of something with respect to it and of its shape.
 * Throws ShapeError where `of` does not depend on one of `wrt`, is no loss and has no seed, or an op on the way has no
 * gradient.
 *
 * @example
 * const [weightGradient, pixelGradient] = gradients(loss, [weight, pixels])
 */
export function gradients(of: Value, wrt: readonly Value[], seed: Value = of): Value[] {
  return findGradients(of, wrt, seed).map((gradient, i) => {
    if (gradient !== undefined) return gradient
    throw new ShapeError(`gradients: ${of.node.label} does not depend on ${wrt[i]?.node.label ?? ''}`)
  })
}

/** The same, undefined for what the value does not depend on or the ops on the way have no gradient by. */
export function findGradients(of: Value, wrt: readonly Value[], seed: Value = of): (Value | undefined)[] {
  // A loss alone writes into the caller's memory, its metrics, and knows its own gradient.
  if (seed === of && of.node.into[of.output] === undefined) {
    throw new ShapeError(`gradients: ${of.node.op.name} (${of.node.label}) is no loss; give a seed`)
  }
  if (seed !== of && !sameShape(seed.shape, of.shape)) {
    throw new ShapeError(
      `gradients: the seed is ${formatShape(seed.shape)}, the value ${formatShape(of.shape)}`,
    )
  }
  const needed = dependents(of.node, new Set(wrt.map(({ node }) => node)))
  const sums = new Map<Node, Value>([[of.node, seed]])
  for (const node of [...needed].sort((a, b) => b.id - a.id)) {
    const gradient = sums.get(node)
    if (gradient === undefined || !node.inputs.some((input) => needed.has(input.node))) continue
    const rule = node.op.gradient
    if (rule === undefined) throw new ShapeError(`gradients: ${node.op.name} (${node.label}) has no gradient`)
    rule(node, gradient).forEach((share, i) => {
      const input = node.inputs[i]
      if (share === undefined || input === undefined || !needed.has(input.node)) return
      const sum = sums.get(input.node)
      sums.set(input.node, sum === undefined ? share : add(sum, share))
    })
  }
  return wrt.map(({ node }) => sums.get(node))
}

/**
 * a + b, element by element: of one shape, f32.
 *
 * @throws ShapeError where the shapes differ
 * @example
 * const residual = layer({ kind: 'residual', apply: (x) => ops.add(x, ops.tanh(x)) })
 * const { ok } = await gradientCheck(gpu, { layer: residual, shape: [7] })
 * ok // true
 */
export function add(a: Value, b: Value): Value {
  if (!sameShape(a.shape, b.shape)) {
    throw new ShapeError(
      `add: a is ${formatShape(a.shape)} but b is ${formatShape(b.shape)}; they must be equal`,
    )
  }
  return apply(addOp, [a, b], [{ shape: a.shape, dtype: 'f32' }])
}

const addOp: StoreOp = {
  kind: 'store',
  name: 'add',
  hook: hooks.add,
  flopsPerElement: 1,
  gradient: (_, gradient) => [gradient, gradient],
}

/** The nodes between `root` and `leaves`, both included. */
function dependents(root: Node, leaves: ReadonlySet<Node>): Set<Node> {
  const depends = new Map<Node, boolean>()
  const visit = (node: Node): boolean => {
    const known = depends.get(node)
    if (known !== undefined) return known
    // Not `some`: every input must be visited.
    const found = node.inputs.map(({ node: input }) => visit(input)).includes(true) || leaves.has(node)
    depends.set(node, found)
    return found
  }
  visit(root)
  return new Set([...depends].filter(([, found]) => found).map(([node]) => node))
}
