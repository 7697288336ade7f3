/**
 * Graph to dispatches: which nodes become one dispatch. A load op is read where it is used, and an elementwise op is
 * stored by the dispatch that made its input. Fusion is an optimisation: without it every node is a dispatch of its own,
 * and the results agree up to rounding.
 */
import * as hooks from '../generated/hooks.ts'
import {
  type AdjustHook,
  type Linking,
  type LoadChain,
  type LoadHook,
  type ShaderFile,
  type StoreHook,
} from '../gpu/link.ts'
import {
  type Node,
  type Target,
  type Value,
  type Variant,
  inputOf,
  keyOf,
  matrixOf,
  outputOf,
  withInputs,
} from './value.ts'
import { countUses, liveNodes } from './join.ts'
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
  /** The parts in which the variant leaves its sum, for a second pass. */
  readonly parts?: Value
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
  const live = liveNodes(roots)
  const uses = countUses(live, roots)
  const inMemory = loadsInMemory(live, roots, fuse)
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
        if (fuse && joined !== undefined && uses.get(keyOf(input)) === 1 && canRun(joined, maxBindings)) {
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
  return inOrder([...groups.values()]).map((group) => withVariant(group, target))
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
  const { variant, choice } = variantOf(anchor, op, linkingOf(group), target)
  const parts = variant.split?.parts(anchor) ?? 1
  const fitting = Object.entries(loads).map(([slot, { value, chain, throughHook }]) => {
    const [, ...adjusts] = chain
    return [slot, operandOf(slot, value, variant, throughHook, adjusts)] as const
  })
  return {
    ...group,
    variant,
    ...(op.sizes === undefined ? {} : { choice }),
    ...(parts > 1 && { parts: memoryOf(anchor, parts) }),
    loads: Object.fromEntries(fitting),
  }
}

/** Memory for so many results of a node, for its dispatch alone. */
function memoryOf(anchor: Node, count: number): Value {
  const result = outputOf(withInputs(anchor, []), 0)
  return { ...result, shape: [count, ...result.shape] }
}

/** Inputs first: a dispatch that took an elementwise op along may stand behind one that reads another of its outputs. */
function inOrder(groups: readonly Group[]): Group[] {
  const makers = new Map(
    groups.flatMap((group) => [group.anchor, resultOf(group)].map((node) => [node, group])),
  )
  const ordered = new Set<Group>()
  const visit = (group: Group): void => {
    if (ordered.has(group)) return
    for (const { inputs } of [group.anchor, ...group.stores.map(({ node }) => node)]) {
      for (const { node } of inputs) {
        const maker = makers.get(node)
        if (maker !== undefined && maker !== group) visit(maker)
      }
    }
    ordered.add(group)
  }
  groups.forEach(visit)
  return [...ordered]
}

/**
 * Whether a dispatch admits its hooks: the last is of what the kernel stores and of nothing that waits for the kernel,
 * each binding and override is declared once, the bindings are within limits.
 */
function canRun(group: Group, maxBindings: number): boolean {
  const chains = Object.values(group.loads).flatMap(({ chain }) => chain)
  const files: readonly ShaderFile[] = [
    group.variant.kernel,
    ...chains,
    ...group.stores.map(({ hook }) => hook),
  ]
  const bindings = files.flatMap((file) => file.bindings)
  const names = [
    ...bindings.map(({ name }) => name),
    ...files.flatMap(({ overrides }) => Object.keys(overrides)),
  ]
  const distinct = new Set(names).size === names.length
  return storesLast(group) && distinct && bindings.length <= maxBindings
}

function storesLast({ anchor, variant, stores }: Group): boolean {
  const last = stores.at(-1)?.node
  if (last === undefined || !variant.kernel.store) return false
  const [input, ...others] = last.inputs
  const { op } = anchor
  const isStored = input?.node !== anchor || op.kind !== 'kernel' || op.writes[input.output] === 'out'
  return isStored && !others.some(({ node }) => needs(node, anchor))
}

function needs(node: Node, other: Node): boolean {
  return node.id >= other.id && (node === other || node.inputs.some((input) => needs(input.node, other)))
}

/** A value in a slot of a kernel: read through its load op's hook where that is asked for, else from memory. */
export function operandOf(
  slot: string,
  value: Value,
  { kernel }: Variant,
  asked: boolean,
  adjusts: readonly AdjustHook[] = [],
): Operand {
  const { op } = value.node
  const throughHook = op.kind === 'load' && asked
  const { hook, wideHook } = throughHook ? op : readHooks(slot)
  const wide = kernel.wide.includes(slot) && matrixOf(value).columns % 4 === 0
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

/** The load ops whose matrix must lie in memory, since something reads it other than through a load slot. */
function loadsInMemory(live: readonly Node[], roots: readonly Value[], fuse: boolean): Set<Node> {
  const throughSlot = ({ op }: Node, input: number): boolean =>
    op.kind === 'kernel' ? Object.values(op.loads).includes(input) : op.kind === 'store' && input === 0
  const read = live.flatMap((node) => node.inputs.filter((_, i) => !fuse || !throughSlot(node, i)))
  return new Set([...read, ...roots].map(({ node }) => node).filter(({ op }) => op.kind === 'load'))
}
