/** What the kernels share that work on a matrix as it is: their first input gives M and N. */
import type { KernelShader } from '../gpu/link.ts'
import { type KernelOp, type Node, inputOf, matrixOf } from '../graph/value.ts'

/** Rows and columns of the first input, as the shaders' overrides name them. */
export function matrixConstants(node: Node): { M: number; N: number } {
  const { rows, columns } = matrixOf(inputOf(node, 0))
  return { M: rows, N: columns }
}

/** An invocation for each row of the first input. */
export function oneInvocationPerRow({ workgroup }: KernelShader): KernelOp['workgroups'] {
  const [size = 1] = workgroup
  return (node) => [Math.ceil(matrixConstants(node).M / size), 1, 1]
}

/** So many multiplications and additions for each element of the first input. */
export function flopsPerElement(count: number): KernelOp['flops'] {
  return (node) => {
    const { M, N } = matrixConstants(node)
    return count * M * N
  }
}
