/**
 * Graph to graph: nodes that one kernel makes together become one node. The dense layer that ends a classifier joins its
 * loss, there and back; the gradient of a bias becomes a row of its weight's.
 */
import {
  type DenseLayer,
  type ExternalOp,
  type Node,
  type Product,
  type Value,
  apply,
  elementsOf,
  external,
  inputOf,
  keyOf,
  outputOf,
  withInputs,
} from './value.ts'

/** What a plan is made for. */
export interface Goals {
  /** Values to be read. */
  readonly outputs: readonly Value[]
  /** Values that are wanted for what they write. */
  readonly effects: readonly Value[]
}

/** The same outputs, in order, and the same effects, made by fewer nodes. */
export function joinNodes(goals: Goals): Goals {
  const roots = withOutputLayers([...goals.outputs, ...goals.effects])
  const count = goals.outputs.length
  return { outputs: roots.slice(0, count), effects: withBiasRows(roots.slice(count), roots) }
}

/** The nodes that `roots` need, inputs first: what nothing needs is gone. */
export function liveNodes(roots: readonly Value[]): Node[] {
  const live = new Set<Node>()
  const visit = (node: Node): void => {
    if (live.has(node)) return
    live.add(node)
    for (const { node: input } of node.inputs) visit(input)
  }
  for (const { node } of roots) visit(node)
  return [...live].sort((a, b) => a.id - b.id)
}

/** How often each value is read, by its key. */
export function countUses(live: readonly Node[], roots: readonly Value[]): Map<string, number> {
  const uses = new Map<string, number>()
  for (const value of [...live.flatMap(({ inputs }) => inputs), ...roots])
    uses.set(keyOf(value), (uses.get(keyOf(value)) ?? 0) + 1)
  return uses
}

/** A loss that is asked for the gradient of its dense layer's input makes logits, loss and that gradient in one pass. */
function withOutputLayers(roots: readonly Value[]): Value[] {
  const live = liveNodes(roots)
  const uses = countUses(live, roots)
  const joint = new Map<string, Value>()
  for (const loss of live) {
    const found = outputLayer(loss, live, uses)
    if (found === undefined || loss.op.kind !== 'kernel') continue
    const node = loss.op.withOutputLayer?.(loss, found.layer)
    if (node === undefined) continue
    ;[outputOf(loss, 0), outputOf(loss, 1), found.inputGradient].forEach((value, output) => {
      joint.set(keyOf(value), outputOf(node, output))
    })
  }
  return replace(roots, joint)
}

function outputLayer(
  loss: Node,
  live: readonly Node[],
  uses: ReadonlyMap<string, number>,
): { readonly layer: DenseLayer; readonly inputGradient: Value } | undefined {
  const isReadOnce = (value: Value): boolean => uses.get(keyOf(value)) === 1
  const [logits] = loss.inputs
  if (loss.op.kind !== 'kernel' || loss.op.withOutputLayer === undefined || logits === undefined)
    return undefined
  if (logits.node.op.kind !== 'store' || logits.node.op.addsRow === undefined) return undefined
  const product = inputOf(logits.node, 0)
  const forward = productOf(product.node)
  if (forward === undefined || forward.transposeA || forward.transposeB) return undefined
  // Two hooks of a batch of the dataset would both bind the permutation.
  if (forward.a.node.op.kind === 'load') return undefined
  const weights = span(forward.b, inputOf(logits.node, 1))
  if (weights === undefined || !isReadOnce(logits) || !isReadOnce(product)) return undefined
  const backward = live.find((node) => {
    const way = productOf(node)
    const isBack = way?.a.node === loss && way.a.output === 1 && keyOf(way.b) === keyOf(forward.b)
    return isBack && !way.transposeA && way.transposeB
  })
  if (backward === undefined) return undefined
  const layer = { input: forward.a, weights: weights.value, biasAt: weights.distance / 4 }
  return { layer, inputGradient: outputOf(backward, 0) }
}

function productOf(node: Node): Product | undefined {
  return node.op.kind === 'kernel' ? node.op.productOf?.(node) : undefined
}

/** The roots with other values in the place of some, and what reads those made anew. */
function replace(roots: readonly Value[], others: ReadonlyMap<string, Value>): Value[] {
  const remade = new Map<Node, Node>()
  const current = (value: Value): Value => {
    const node = remade.get(value.node)
    return others.get(keyOf(value)) ?? (node === undefined ? value : outputOf(node, value.output))
  }
  for (const node of liveNodes(roots)) {
    const inputs = node.inputs.map(current)
    if (inputs.some((input, i) => input !== node.inputs[i])) remade.set(node, withInputs(node, inputs))
  }
  return roots.map(current)
}

/**
 * Where a weight and its bias are updated alike, and lie in the same buffers at the same distance, one matmul makes both
 * gradients and one update serves both.
 */
function withBiasRows(effects: readonly Value[], roots: readonly Value[]): Value[] {
  const uses = countUses(liveNodes(roots), roots)
  const updates = effects.filter(({ node }) => node.op.kind === 'store' && node.into[0] !== undefined)
  const merged = new Map<Value, Value | undefined>()
  for (const biasUpdate of updates) {
    for (const weightUpdate of updates) {
      if (merged.has(weightUpdate) || merged.has(biasUpdate)) continue
      const joint = joinUpdates(weightUpdate.node, biasUpdate.node, uses)
      if (joint === undefined) continue
      merged.set(weightUpdate, joint).set(biasUpdate, undefined)
    }
  }
  return effects.flatMap((effect) => {
    const joint = merged.get(effect)
    return merged.has(effect) ? (joint === undefined ? [] : [joint]) : [effect]
  })
}

function joinUpdates(weight: Node, bias: Node, uses: ReadonlyMap<string, number>): Value | undefined {
  const [weightGradient, biasGradient] = [inputOf(weight, 0), inputOf(bias, 0)]
  const { node: product } = weightGradient
  const { node: sum } = biasGradient
  if (product.op.kind !== 'kernel' || sum.op.kind !== 'kernel' || sum.op.isColumnSum === undefined)
    return undefined
  const summed = productOf(product)?.b
  if (summed === undefined || keyOf(summed) !== keyOf(inputOf(sum, 0))) return undefined
  if ([weightGradient, biasGradient].some((value) => uses.get(keyOf(value)) !== 1)) return undefined
  if (weight.op !== bias.op || JSON.stringify(weight.attributes) !== JSON.stringify(bias.attributes))
    return undefined

  const weightMemory = [outputTarget(weight), ...weight.inputs.slice(1)]
  const biasMemory = [outputTarget(bias), ...bias.inputs.slice(1)]
  const spans = weightMemory.map((value, i) => span(value, biasMemory[i]))
  const [target, ...states] = spans.filter((value) => value !== undefined)
  if (target === undefined || spans.length !== states.length + 1) return undefined
  const distances = spans.map((value) => value?.distance)
  if (new Set(distances).size !== 1) return undefined
  const gradient = product.op.withColumnSum?.(product, target.distance / 4)
  if (gradient === undefined) return undefined
  return apply(weight.op, [gradient, ...states.map(({ value }) => value)], [gradient], {
    attributes: weight.attributes,
    into: { 0: target.value },
    label: weight.label,
  })
}

const outputTarget = (node: Node): Value | undefined => node.into[0]

/** The memory from the start of one external value to the end of a later one in the same buffer. */
function span(
  from: Value | undefined,
  to: Value | undefined,
): { value: Value; distance: number } | undefined {
  const start = externalOf(from)
  const end = externalOf(to)
  if (start === undefined || end === undefined || to === undefined) return undefined
  const distance = end.offset - start.offset
  if (start.buffer !== end.buffer || distance <= 0) return undefined
  const { buffer, offset } = start
  const shape = [distance / 4 + elementsOf(to)]
  return {
    value: external({ buffer, offset, shape, dtype: 'f32', label: from?.node.label ?? buffer }),
    distance,
  }
}

const externalOf = (value: Value | undefined): ExternalOp | undefined =>
  value?.node.op.kind === 'external' ? value.node.op : undefined
