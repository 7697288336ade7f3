/**
 * The plan: a plain, printable list of dispatches with the memory that each binds. Made without a device; compile turns
 * it into pipelines and bind groups.
 */
import { ShapeError } from '../errors.ts'
import { type Constants, type KernelShader, type Linking, link, linkingName } from '../gpu/link.ts'
import { type Group, type GroupOptions, groupNodes, linkingOf, resultOf } from './fuse.ts'
import { joinNodes } from './join.ts'
import {
  type Node,
  type Value,
  type VariantNames,
  bytesOf,
  elementsOf,
  inputOf,
  keyOf,
  matrixOf,
} from './value.ts'
import { type VariantChoice, oneInvocationPerElement } from './variant.ts'

/** Where a binding lies: in memory of the plan's own, or in a buffer that the caller provides. Sizes in bytes. */
export type Place =
  | { readonly kind: 'slot'; readonly slot: number; readonly offset: 0; readonly size: number }
  | { readonly kind: 'external'; readonly buffer: string; readonly offset: number; readonly size: number }

export interface Dispatch {
  /** `dense_1: matmul(gather, b) → bias → relu`. */
  readonly label: string
  readonly linking: Linking
  /** Where the kernel is one of several. */
  readonly choice?: VariantChoice
  readonly constants: Constants
  /** Of both passes, where there are two. */
  readonly bindings: Readonly<Record<string, Place>>
  readonly workgroups: readonly [number, number, number]
  /** The second pass of a kernel that leaves its sum in parts: then it writes `parts`, not `out`, and stores nothing. */
  readonly sum?: Unbound
  /** Shape of the result. */
  readonly shape: readonly number[]
  /** Multiplications and additions; an estimate for elementwise functions. */
  readonly flops: number
  /** Bytes read and written, each operand counted once. */
  readonly bytes: number
}

/** What the device is given: a pipeline, what it binds, and how many workgroups. */
export interface Pass {
  readonly linking: Linking
  readonly constants: Constants
  readonly bindings: Readonly<Record<string, Place>>
  readonly workgroups: readonly [number, number, number]
}

/** A pass that binds what its dispatch does. */
type Unbound = Omit<Pass, 'bindings'>

export interface Plan {
  readonly dispatches: readonly Dispatch[]
  /** Bytes of each memory slot; values whose lives do not overlap share one. */
  readonly slots: readonly number[]
  /** Where the named outputs lie once the plan has run. */
  readonly outputs: Readonly<Record<string, Place>>
}

export interface PlanOptions extends Partial<GroupOptions> {
  /** Values to be read after a run, by name; they keep memory of their own. */
  readonly outputs?: Readonly<Record<string, Value>>
  /** Values that are wanted for what they write: updates, losses. */
  readonly effects?: readonly Value[]
}

/**
 * Orders, fuses and places what makes the outputs and effects, by the ops' own kernels for a software adapter without
 * features, unless told of others. Throws ShapeError where that cannot be done, OptionError where a variant is unknown
 * or not admitted.
 */
export function makePlan({
  outputs = {},
  effects = [],
  fuse = true,
  maxBindings = 8,
  adapter = 'software',
  features = new Set(),
  subgroupSize,
  variantSets = [],
  variants = {},
  choices = {},
  twoPasses = true,
}: PlanOptions): Plan {
  const asked = { outputs: Object.values(outputs), effects }
  const goals = fuse ? joinNodes(asked) : asked
  const groups = groupNodes([...goals.outputs, ...goals.effects], {
    fuse,
    maxBindings,
    adapter,
    features,
    subgroupSize,
    variantSets,
    variants,
    choices,
    twoPasses,
  })
  checkOrder(groups)
  const { placeOf, slots } = placeValues(groups, goals.outputs)
  return {
    dispatches: groups.map((group) => dispatchOf(group, placeOf)),
    slots,
    outputs: Object.fromEntries(
      goals.outputs.map((value, i) => [Object.keys(outputs)[i] ?? '', placeOf(value)] as const),
    ),
  }
}

/** The passes of a dispatch in order: two where its kernel leaves its sum in parts. */
export function passesOf({ linking, constants, bindings, workgroups, sum }: Dispatch): Pass[] {
  if (sum === undefined) return [{ linking, constants, bindings, workgroups }]
  const { parts, ...others } = bindings
  if (parts === undefined) throw new RangeError('parts have a place')
  const first = { linking: { ...linking, store: [] }, constants, workgroups }
  return [
    { ...first, bindings: boundBy(first.linking, { ...others, out: parts }) },
    { ...sum, bindings: boundBy(sum.linking, bindings) },
  ]
}

/** Those of the places that a linking binds. */
function boundBy(linking: Linking, places: Dispatch['bindings']): Dispatch['bindings'] {
  const names = new Set(link(linking).bindings.map(({ name }) => name))
  return Object.fromEntries(Object.entries(places).filter(([name]) => names.has(name)))
}

/** The variant of each dispatch that has a choice, by the name of the dispatch. */
export function variantsIn({ dispatches }: Plan): VariantNames {
  return Object.fromEntries(
    dispatches.flatMap(({ choice }) => (choice === undefined ? [] : [[choice.key, choice.variant]])),
  )
}

type PlaceOf = (value: Value) => Place

/** A value that a dispatch binds. */
interface Bound {
  readonly name: string
  readonly value: Value
  /** Bytes that go through the binding: of a dataset only the batch, what is updated in place twice. */
  readonly bytes: number
}

function boundValues(group: Group): Bound[] {
  const { anchor, stores, loads, parts } = group
  const result = resultOf(group)
  const bound: Bound[] = []
  const bind = (name: string, value: Value, bytes = bytesOf(value)): void => {
    bound.push({ name, value, bytes })
  }
  for (const [slot, { value, chain, throughHook }] of Object.entries(loads)) {
    const { inputs } = value.node
    chain[0].bindings.forEach(({ name }, i) => {
      const input = throughHook ? inputs[i] : value
      if (input === undefined)
        throw new RangeError(`${chain[0].name} binds "${name}" in slot ${slot}, but has no input`)
      bind(name, input, throughHook ? batchBytes(value, input) : bytesOf(input))
    })
  }
  if (anchor.op.kind === 'kernel') {
    const { reads, writes } = anchor.op
    for (const [name, input] of Object.entries(reads)) bind(name, inputOf(anchor, input))
    writes.forEach((name, output) => {
      if (stores.length === 0 || name !== 'out') bind(name, target(anchor, output))
    })
  }
  if (parts !== undefined) bind('parts', parts, 2 * bytesOf(parts))
  for (const { node, hook } of stores) {
    hook.bindings.forEach(({ name, access }, i) => {
      const value = inputOf(node, i + 1)
      bind(name, value, bytesOf(value) * (access === 'read_write' ? 2 : 1))
    })
  }
  if (anchor.op.kind !== 'kernel' || stores.length > 0) {
    const out = target(result, 0)
    bind('out', out, bytesOf(out) * (result.into[0] === undefined ? 1 : 2))
  }
  return bound
}

/** Bytes that a load op reads of one of its inputs: a row of it for each row of the batch. */
function batchBytes(batch: Value, input: Value): number {
  const row = elementsOf({ shape: input.shape.slice(1) })
  return matrixOf(batch).rows * row * (input.dtype === 'u8' ? 1 : 4)
}

/** The value whose memory an output is written to. */
function target(node: Node, output: number): Value {
  const type = node.outputs[output]
  if (type === undefined) throw new RangeError(`${node.op.name} has no output ${output}`)
  return node.into[output] ?? { ...type, node, output }
}

function dispatchOf(group: Group, placeOf: PlaceOf): Dispatch {
  const { anchor, variant, choice, loads, stores, parts } = group
  const result = resultOf(group)
  const linking = linkingOf(group)
  const own = variant.constants(anchor)
  const constants = { ...own }
  for (const [slot, { value, throughHook }] of Object.entries(loads)) {
    const { op } = value.node
    Object.assign(
      constants,
      op.kind === 'load' && throughHook
        ? op.constants(value.node)
        : { [`${slot.toUpperCase()}_COLUMNS`]: matrixOf(value).columns },
    )
  }
  const ofStores: Record<string, number> = {}
  for (const { node } of stores) {
    if (node.op.kind === 'store') Object.assign(ofStores, node.op.constants?.(node))
  }
  if (parts === undefined) Object.assign(constants, ofStores)
  const bound = boundValues(group)
  return {
    label: `${labelOf(group)}: ${linkingName(linking, variant.name)}`,
    linking,
    ...(choice === undefined ? {} : { choice }),
    constants,
    bindings: Object.fromEntries(bound.map(({ name, value }) => [name, placeOf(value)])),
    workgroups: variant.workgroups(anchor),
    ...(parts !== undefined &&
      variant.split && { sum: sumOf(group, variant.split.sum, { ...own, ...ofStores }) }),
    shape: result.outputs.at(-1)?.shape ?? [],
    flops: flopsOf(group),
    bytes: bound.reduce((sum, { bytes }) => sum + bytes, 0),
  }
}

/** The pass that adds up the parts of a group's product. */
function sumOf({ anchor, stores }: Group, kernel: KernelShader, constants: Constants): Unbound {
  const linking = { kernel, loads: {}, store: stores.map(({ hook }) => hook) }
  const { overrides } = link(linking)
  return {
    linking,
    constants: Object.fromEntries(
      Object.entries(constants).filter(([name]) => Object.hasOwn(overrides, name)),
    ),
    workgroups: oneInvocationPerElement(kernel, anchor),
  }
}

/** A dispatch belongs to the layer of its result; where it has several, to that of its kernel. */
function labelOf(group: Group): string {
  const { op, label } = group.anchor
  return op.kind === 'kernel' && op.writes.length > 1 ? label : resultOf(group).label
}

function flopsOf({ anchor, stores }: Group): number {
  const own = anchor.op.kind === 'kernel' ? anchor.op.flops(anchor) : 0
  return stores.reduce((sum, { node }) => {
    const each = node.op.kind === 'store' ? node.op.flopsPerElement : 0
    return sum + each * elementsOf(node.outputs[0] ?? { shape: [] })
  }, own)
}

/** No dispatch may read a caller's memory after another has updated it within the same step. */
function checkOrder(groups: readonly Group[]): void {
  const updated: { place: Place; label: string }[] = []
  for (const group of groups) {
    const result = resultOf(group)
    for (const { value } of boundValues(group)) {
      if (value.node === result || value.node.op.kind !== 'external') continue
      const place = externalPlace(value)
      const before = updated.find((other) => overlap(other.place, place))
      if (before !== undefined) {
        throw new ShapeError(
          `plan: ${result.label} reads ${value.node.label} after ${before.label} has updated it`,
        )
      }
    }
    for (const { into, label } of new Set([group.anchor, result])) {
      for (const value of Object.values(into)) updated.push({ place: externalPlace(value), label })
    }
  }
}

function overlap(a: Place, b: Place): boolean {
  if (a.kind !== 'external' || b.kind !== 'external' || a.buffer !== b.buffer) return false
  return a.offset < b.offset + b.size && b.offset < a.offset + a.size
}

function externalPlace(value: Value): Place {
  const { op } = value.node
  if (op.kind !== 'external')
    throw new ShapeError(`plan: ${value.node.label} is written into, so it must be external`)
  return { kind: 'external', buffer: op.buffer, offset: op.offset, size: bytesOf(value) }
}

/** Gives each value that needs memory a slot, reusing slots of values that no later dispatch reads. */
function placeValues(
  groups: readonly Group[],
  kept: readonly Value[],
): { placeOf: PlaceOf; slots: number[] } {
  const lastUse = new Map<string, number>()
  groups.forEach((group, i) => {
    for (const { value } of boundValues(group)) lastUse.set(keyOf(value), i)
  })
  for (const value of kept) lastUse.set(keyOf(value), Infinity)

  const slots: number[] = []
  const free = new Set<number>()
  const assigned = new Map<string, { slot: number; until: number }>()
  groups.forEach((group, i) => {
    for (const { value } of boundValues(group)) {
      if (value.node.op.kind === 'external' || assigned.has(keyOf(value))) continue
      const bytes = bytesOf(value)
      const slot = bestSlot(slots, free, bytes)
      slots[slot] = Math.max(slots[slot] ?? 0, bytes)
      free.delete(slot)
      assigned.set(keyOf(value), { slot, until: lastUse.get(keyOf(value)) ?? i })
    }
    for (const { slot, until } of assigned.values()) if (until === i) free.add(slot)
  })
  const placeOf = (value: Value): Place => {
    if (value.node.op.kind === 'external') return externalPlace(value)
    const place = assigned.get(keyOf(value))
    if (place === undefined)
      throw new ShapeError(`plan: ${value.node.label} (${value.node.op.name}) is made by no dispatch`)
    return { kind: 'slot', slot: place.slot, offset: 0, size: bytesOf(value) }
  }
  return { placeOf, slots }
}

/** The free slot whose size is nearest; a new one where none is free. */
function bestSlot(slots: readonly number[], free: ReadonlySet<number>, bytes: number): number {
  const waste = (slot: number): number => Math.abs((slots[slot] ?? 0) - bytes)
  return [...free].sort((a, b) => waste(a) - waste(b))[0] ?? slots.length
}
