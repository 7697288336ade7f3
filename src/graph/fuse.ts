/**
 * Graph to graph to dispatches: which nodes become one dispatch. A load op is read where it is used, an elementwise op
 * is stored by the dispatch that made its input, and a bias update becomes a row of its weight's update. Fusion is an
 * optimisation: without it every node is a dispatch of its own, and the results agree up to rounding.
 */
import { hooks } from '../generated/shaders.ts'
import {
  type AdjustHook,
  type Linking,
  type LoadChain,
  type LoadHook,
  type ShaderBinding,
  type StoreHook,
  linkingName,
} from '../gpu/link.ts'
import {
  type ExternalOp,
  type Node,
  type Target,
  type Value,
  type Variant,
  apply,
  elementsOf,
  external,
  inputOf,
  matrixOf,
  outputOf,
} from './value.ts'
import { type VariantChoice, mapVariant, variantOf } from './variant.ts'

/** A value in a load slot, and the hooks that read it. */
export interface Operand {
  readonly value: Value
  readonly chain: LoadChain
  /** Whether the value is a load op's that is read through its hook: nothing holds it in memory. */
  readonly throughHook: boolean
}

/** Nodes that run as one dispatch. */
export interface Group {
  /** What runs: an op with a kernel of its own, or else the load or elementwise op that `map` carries. */
  readonly anchor: Node
  readonly variant: Variant
  /** Where the op has variants. */
  readonly choice?: VariantChoice
  readonly loads: Readonly<Record<string, Operand>>
  /** The elementwise ops on the way to memory, in order. */
  readonly stores: readonly { readonly node: Node; readonly hook: StoreHook }[]
}

export interface GroupOptions extends Target {
  readonly fuse: boolean
  /** Storage buffers that one dispatch may bind. */
  readonly maxBindings: number
}

/** The dispatches that make `roots`, in an order in which they may run. */
export function groupNodes(roots: readonly Value[], { fuse, maxBindings, ...target }: GroupOptions): Group[] {
  const targets = fuse ? withBiasRows(roots) : roots
  const live = liveNodes(targets)
  const uses = countUses(live, targets)
  const inMemory = loadsInMemory(live, targets, fuse)
  const groups = new Map<Node, Group>()

  const mapped = (node: Node, value: Value, stores: Group['stores'], isAnchor = false): Group => ({
    anchor: node,
    variant: mapVariant,
    loads: { a: operandOf('a', value, mapVariant, isAnchor || !inMemory.has(value.node)) },
    stores,
  })

  for (const node of live) {
    const { op } = node
    switch (op.kind) {
      case 'external':
        break
      case 'load':
        if (inMemory.has(node)) groups.set(node, mapped(node, outputOf(node, 0), [], true))
        break
      case 'kernel': {
        const adjusts = op.adjusts?.(node) ?? {}
        const loads = Object.entries(op.loads).map(([slot, input]) => {
          const value = inputOf(node, input)
          return [slot, operandOf(slot, value, op, !inMemory.has(value.node), adjusts[slot])] as const
        })
        groups.set(node, { anchor: node, variant: op, loads: Object.fromEntries(loads), stores: [] })
        break
      }
      case 'store': {
        const input = inputOf(node, 0)
        const store = { node, hook: op.hook }
        const producer = groups.get(input.node)
        const joined = producer && { ...producer, stores: [...producer.stores, store] }
        if (fuse && joined !== undefined && uses.get(input.node) === 1 && canRun(joined, maxBindings)) {
          groups.delete(input.node)
          groups.set(node, joined)
        } else {
          groups.set(node, mapped(node, input, [store]))
        }
        break
      }
      default:
        op satisfies never
    }
  }
  return [...groups.values()].map((group) => withVariant(group, target))
}

/** The node whose outputs a group writes. */
export function resultOf(group: Group): Node {
  return group.stores.at(-1)?.node ?? group.anchor
}

export function linkingOf({ variant, loads, stores }: Group): Linking {
  return {
    kernel: variant.kernel,
    loads: Object.fromEntries(Object.entries(loads).map(([slot, { chain }]) => [slot, chain])),
    store: stores.map(({ hook }) => hook),
  }
}

/** The variant is chosen last, since its speed depends on what the dispatch takes along. */
function withVariant(group: Group, target: Target): Group {
  const { anchor, loads } = group
  const { op } = anchor
  if (op.kind !== 'kernel') return group
  const { variant, choice } = variantOf(anchor, op, linkingName(linkingOf(group)), target)
  const fitting = Object.entries(loads).map(([slot, { value, chain, throughHook }]) => {
    const [, ...adjusts] = chain
    return [slot, operandOf(slot, value, variant, throughHook, adjusts)] as const
  })
  return {
    ...group,
    variant,
    ...(op.variants === undefined ? {} : { choice }),
    loads: Object.fromEntries(fitting),
  }
}

/** Whether a dispatch admits its hooks: the kernel has a store slot, each binding one declaration, all within limits. */
function canRun(group: Group, maxBindings: number): boolean {
  const chains = Object.values(group.loads).flatMap(({ chain }) => chain)
  const bindings: readonly ShaderBinding[] = [
    group.variant.kernel,
    ...chains,
    ...group.stores.map(({ hook }) => hook),
  ].flatMap((file) => file.bindings)
  const distinct = new Set(bindings.map(({ name }) => name)).size === bindings.length
  return group.variant.kernel.store && distinct && bindings.length <= maxBindings
}

/** A value in a slot of a kernel: read through its load op's hook where that is asked for, else from memory. */
function operandOf(
  slot: string,
  value: Value,
  { kernel }: Variant,
  asked: boolean,
  adjusts: readonly AdjustHook[] = [],
): Operand {
  const { op } = value.node
  const throughHook = op.kind === 'load' && asked
  const { hook, wideHook } = throughHook ? op : readHooks(slot)
  const wide = kernel.wide && matrixOf(value).columns % 4 === 0
  return { value, throughHook, chain: [(wide ? wideHook : undefined) ?? hook, ...adjusts] }
}

function readHooks(slot: string): { readonly hook: LoadHook; readonly wideHook?: LoadHook } {
  const found = {
    a: { hook: hooks.read_a, wideHook: hooks.read_a4 },
    b: { hook: hooks.read_b, wideHook: hooks.read_b4 },
    targets: { hook: hooks.read_targets },
  }[slot]
  if (found === undefined) throw new RangeError(`no hook reads the slot ${slot} from memory`)
  return found
}

/** The nodes that `roots` need, inputs first: what nothing needs is gone. */
function liveNodes(roots: readonly Value[]): Node[] {
  const live = new Set<Node>()
  const visit = (node: Node): void => {
    if (live.has(node)) return
    live.add(node)
    for (const { node: input } of node.inputs) visit(input)
  }
  for (const { node } of roots) visit(node)
  return [...live].sort((a, b) => a.id - b.id)
}

function countUses(live: readonly Node[], roots: readonly Value[]): Map<Node, number> {
  const uses = new Map<Node, number>()
  for (const { node } of [...live.flatMap(({ inputs }) => inputs), ...roots])
    uses.set(node, (uses.get(node) ?? 0) + 1)
  return uses
}

/** The load ops whose matrix must lie in memory, since something reads it other than through a load slot. */
function loadsInMemory(live: readonly Node[], roots: readonly Value[], fuse: boolean): Set<Node> {
  const throughSlot = ({ op }: Node, input: number): boolean =>
    op.kind === 'kernel' ? Object.values(op.loads).includes(input) : op.kind === 'store' && input === 0
  const read = live.flatMap((node) => node.inputs.filter((_, i) => !fuse || !throughSlot(node, i)))
  return new Set([...read, ...roots].map(({ node }) => node).filter(({ op }) => op.kind === 'load'))
}

/**
 * Where a weight and its bias are updated alike, and lie in the same buffers at the same distance, one matmul makes both
 * gradients and one update serves both.
 */
function withBiasRows(roots: readonly Value[]): Value[] {
  const uses = countUses(liveNodes(roots), roots)
  const updates = roots.filter(({ node }) => node.op.kind === 'store' && node.into[0] !== undefined)
  const merged = new Map<Value, Value | undefined>()
  for (const biasUpdate of updates) {
    for (const weightUpdate of updates) {
      if (merged.has(weightUpdate) || merged.has(biasUpdate)) continue
      const joint = joinUpdates(weightUpdate.node, biasUpdate.node, uses)
      if (joint === undefined) continue
      merged.set(weightUpdate, joint).set(biasUpdate, undefined)
    }
  }
  return roots.flatMap((root) => {
    const joint = merged.get(root)
    return merged.has(root) ? (joint === undefined ? [] : [joint]) : [root]
  })
}

function joinUpdates(weight: Node, bias: Node, uses: ReadonlyMap<Node, number>): Value | undefined {
  const product = inputOf(weight, 0).node
  const sum = inputOf(bias, 0).node
  if (product.op.kind !== 'kernel' || sum.op.kind !== 'kernel' || sum.op.isColumnSum === undefined)
    return undefined
  if (uses.get(product) !== 1 || uses.get(sum) !== 1 || product.inputs[1]?.node !== sum.inputs[0]?.node)
    return undefined
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
