/** Which kernel runs a node: an op may have variants of its kernel, and fits one to the device that a plan is made for. */
import { OptionError } from '../errors.ts'
import * as kernels from '../generated/kernels.ts'
import { type KernelShader, type Linking, linkingName } from '../gpu/link.ts'
import { type KernelOp, type KernelTarget, type Node, type Target, type Variant, matrixOf } from './value.ts'

/** The variant of a dispatch, and what else it might have been. */
export interface VariantChoice {
  /** Name of the op. */
  readonly op: string
  /** Name of the dispatch, by which a choice is stored: `matmul(gather, b) → bias → relu 128×128×784`. */
  readonly key: string
  readonly variant: string
  /** The variants that the target admits; the first is the one that others must agree with. */
  readonly admitted: readonly string[]
}

/**
 * The variant that the target asks for, by dispatch or by op; else the one that a tuner found; else the one that the
 * op chooses. Throws OptionError where there is none of the name asked for, or the device lacks a feature that it needs.
 *
 * @param linking what the dispatch does, with the op's own kernel
 */
export function variantOf(
  node: Node,
  op: KernelOp,
  linking: Linking,
  target: Target,
): { readonly variant: Variant; readonly choice: VariantChoice } {
  const sets = target.variantSets.filter((set) => set.op === op.name)
  const all: readonly Variant[] = [op, ...sets.flatMap(({ variants }) => variants)]
  const admitted = all
    .filter((one) => refusal(target, one, node, linking) === undefined)
    .map((one) => one.name)
  const key = [linkingName(linking), op.sizes?.(node)].join(' ').trim()
  const found = admitted.find((one) => one === target.choices[key])
  const asked = target.variants[key] ?? target.variants[op.name]
  const fastest = sets.map((set) => set.choose(node, target, linking.loads)).find((one) => one !== undefined)
  const name = asked ?? found ?? (fastest ?? op).name
  const variant = all.find((one) => one.name === name)
  if (variant === undefined) {
    const names = all.map((one) => one.name).join(', ')
    throw new OptionError(`variants: ${op.name} has no variant "${name}"; it has ${names}`)
  }
  const reason = refusal(target, variant, node, linking)
  if (reason !== undefined) {
    throw new OptionError(`variants: ${name} ${reason}; choose another for ${op.name}`)
  }
  return { variant, choice: { op: op.name, key, variant: name, admitted } }
}

/** Why a variant cannot run a node on the target; undefined where it can. */
function refusal(
  { features, subgroupSize, twoPasses }: KernelTarget,
  variant: Variant,
  node: Node,
  { loads }: Linking,
): string | undefined {
  if (variant.kernel.subgroups && !features.has('subgroups'))
    return 'needs the feature "subgroups", which is not among the device\'s'
  if ((variant.subgroupSize ?? subgroupSize) !== subgroupSize)
    return `needs subgroups of ${variant.subgroupSize} invocations`
  const wordless = variant.kernel.words?.find((slot) => loads[slot]?.[0].words !== true)
  if (wordless !== undefined) return `reads bytes, four to a word, which ${wordless} is not`
  if (variant.split === undefined) return undefined
  if (!twoPasses) return 'takes two passes, and one is all that runs here'
  return variant.split.parts(node) > 1 ? undefined : 'has no sum to split: K is too short, or tiles are many'
}

/** What carries a load or elementwise op that no other dispatch takes along. */
export const mapVariant: Variant = {
  name: 'map',
  kernel: kernels.map,
  constants: (node) => {
    const { rows, columns } = resultOf(node)
    return { M: rows, N: columns }
  },
  workgroups: (node) => oneInvocationPerElement(kernels.map, node),
}

/** Workgroups for the elements of a node's result, in rows as long as WebGPU admits. */
export function oneInvocationPerElement(
  { workgroup: [size = 1] }: KernelShader,
  node: Node,
): [number, number, number] {
  const { rows, columns } = resultOf(node)
  const count = Math.ceil((rows * columns) / size)
  const x = Math.min(count, 65535)
  return [x, Math.ceil(count / x), 1]
}

const resultOf = (node: Node): { rows: number; columns: number } => matrixOf(node.outputs[0] ?? { shape: [] })
