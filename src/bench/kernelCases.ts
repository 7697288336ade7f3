/** Kernels on their own, on shapes that say what they can do: products, and kernels that wait for memory. */
import { makePlan } from '../graph/plan.ts'
import { adam } from '../nn/optimizers.ts'
import { columnSum } from '../ops/columnSum.ts'
import { matmul } from '../ops/matmul.ts'
import { relu } from '../ops/relu.ts'
import type { GraphOptions } from '../train/graphs.ts'
import { type Case, f32, numbers } from './case.ts'
import { betas, columnOf, dot, ones, rowOf } from './reference.ts'
import { adamMemory, expectUpdate } from './written.ts'
import type { Work } from './work.ts'

interface Product {
  readonly M: number
  readonly N: number
  readonly K: number
  /** Which operand is stored transposed. */
  readonly transposed?: 'a' | 'b'
}

const products: readonly Product[] = [
  { M: 1024, N: 1024, K: 1024 },
  { M: 512, N: 512, K: 512 },
  { M: 256, N: 256, K: 256 },
  { M: 257, N: 511, K: 129 },
  { M: 257, N: 511, K: 129, transposed: 'a' },
  { M: 257, N: 511, K: 129, transposed: 'b' },
  { M: 1, N: 1023, K: 1025 },
]

export const kernelCases: readonly Case[] = [
  ...products.map(productCase),
  { name: 'kernels/relu/4096x1024', make: reluAlone },
  { name: 'kernels/adam/1024x1024', make: adamAlone },
  { name: 'kernels/column_sum/4096x1024', make: columnSumAlone },
]

function productCase({ M, N, K, transposed }: Product): Case {
  return {
    name: `kernels/matmul/${M}x${N}x${K}${transposed === undefined ? '' : `/${transposed}_transposed`}`,
    make(options) {
      const [transposeA, transposeB] = [transposed === 'a', transposed === 'b']
      const left = f32('a', transposeA ? [K, M] : [M, K])
      const right = f32('b', transposeB ? [N, K] : [K, N])
      const [a, b] = [numbers('a', M * K), numbers('b', K * N)]
      const at = (index: number): number => {
        const [m, n] = [Math.floor(index / N), index % N]
        return dot(
          K,
          transposeA ? columnOf(a, m, M) : rowOf(a, m, K),
          transposeB ? rowOf(b, n, K) : columnOf(b, n, N),
        )
      }
      return {
        plan: makePlan({ ...options, outputs: { out: matmul(left, right, { transposeA, transposeB }) } }),
        memory: { a, b },
        expected: [{ buffer: 'out', start: 0, length: M * N, at }],
      }
    },
  }
}

/** One load and one store of each element. */
function reluAlone(options: GraphOptions): Work {
  const shape = [4096, 1024]
  const a = numbers('a', 4096 * 1024)
  return {
    plan: makePlan({ ...options, outputs: { out: relu(f32('a', shape)) } }),
    memory: { a },
    expected: [{ buffer: 'out', start: 0, length: a.length, at: (index) => Math.max(a[index] ?? NaN, 0) }],
  }
}

/** Four loads and three stores of each element. */
function adamAlone(options: GraphOptions): Work {
  const parameter = { name: 'w', shape: [1024, 1024], offset: 0 }
  const [gradient, before] = [numbers('gradient', 1024 * 1024), numbers('parameters', 1024 * 1024)]
  const optimizer = adam(betas)
  const update = optimizer.update(
    { parameter: f32('parameters', parameter.shape), gradient: f32('gradient', parameter.shape) },
    optimizer.state.map((name) => f32(name, parameter.shape)),
  )
  return {
    plan: makePlan({ ...options, effects: [update] }),
    memory: { gradient, ...adamMemory(before) },
    expected: expectUpdate(parameter, before, (index) => gradient[index] ?? NaN),
  }
}

function columnSumAlone(options: GraphOptions): Work {
  const [rows, columns] = [4096, 1024]
  const a = numbers('a', rows * columns)
  const at = (index: number): number => dot(rows, ones, columnOf(a, index, columns))
  return {
    plan: makePlan({ ...options, outputs: { out: columnSum(f32('a', [rows, columns])) } }),
    memory: { a },
    expected: [{ buffer: 'out', start: 0, length: columns, at }],
  }
}
