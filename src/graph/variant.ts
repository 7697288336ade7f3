/** Which kernel runs a node: an op may have variants of its kernel, and fits one to the device that a plan is made for. */
import { OptionError } from '../errors.ts'
import { kernels } from '../generated/shaders.ts'
import { type KernelOp, type Node, type Target, type Variant, matrixOf } from './value.ts'

/**
 * The variant that the target names for this op, else the one that the op chooses.
 * Throws OptionError where there is no such variant, or the device lacks a feature that it needs.
 */
export function variantOf(node: Node, op: KernelOp, target: Target): Variant {
  const name = target.variants[op.name] ?? op.choose?.(node, target) ?? op.name
  const all: readonly Variant[] = [op, ...(op.variants ?? [])]
  const variant = all.find((one) => one.name === name)
  if (variant === undefined) {
    const names = all.map((one) => one.name).join(', ')
    throw new OptionError(`variants: ${op.name} has no variant "${name}"; it has ${names}`)
  }
  if (variant.kernel.subgroups && !target.features.has('subgroups')) {
    throw new OptionError(
      `variants: ${name} needs the feature "subgroups", which is not among the device's; choose another for ${op.name}`,
    )
  }
  return variant
}

/** What carries a load or elementwise op that no other dispatch takes along. */
export const mapVariant: Variant = {
  name: kernels.map.name,
  kernel: kernels.map,
  constants: (node) => {
    const { rows, columns } = resultOf(node)
    return { M: rows, N: columns }
  },
  // In rows of workgroups as long as WebGPU admits.
  workgroups: (node) => {
    const { rows, columns } = resultOf(node)
    const count = Math.ceil((rows * columns) / kernels.map.workgroup[0])
    const x = Math.min(count, 65535)
    return [x, Math.ceil(count / x), 1]
  },
}

const resultOf = (node: Node): { rows: number; columns: number } => matrixOf(node.outputs[0] ?? { shape: [] })
