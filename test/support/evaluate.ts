/**
 * A graph evaluated in float64 by the twins of its ops: what a program on a device must agree with, and a function
 * whose central differences the gradients of a graph must agree with.
 */
import { type Node, type Value, inputOf, matrixOf } from '../../src/graph/value.ts'
import { add } from '../reference/add.ts'
import { bias } from '../reference/bias.ts'
import { columnSum } from '../reference/column_sum.ts'
import { gather } from '../reference/gather.ts'
import { gatherF32 } from '../reference/gather_f32.ts'
import { gatherOneHot } from '../reference/gather_one_hot.ts'
import { gelu } from '../reference/gelu.ts'
import { matmul } from '../reference/matmul.ts'
import { meanSquaredError } from '../reference/mean_squared_error.ts'
import { relu } from '../reference/relu.ts'
import { sigmoid } from '../reference/sigmoid.ts'
import { softmax } from '../reference/softmax.ts'
import { softmaxCrossEntropy } from '../reference/softmax_cross_entropy.ts'
import { tanh } from '../reference/tanh.ts'

/** What the external values hold, by the names of their buffers. */
export type Memory = Readonly<Record<string, Float32Array | Float64Array | Uint32Array | Uint8Array>>

/** The rows of the batch: where they begin in the permutation, and how many count. */
export interface BatchRows {
  readonly begin: number
  readonly count: number
}

/** The elements of a value; of a loss [1] the mean over the rows that count. Gradients are not evaluated here. */
export function evaluate(value: Value, memory: Memory, rows: BatchRows): Float64Array {
  const known = new Map<Node, Float64Array>()
  const of = (node: Node): Float64Array => {
    const result = known.get(node) ?? apply(node, memory, rows, (i) => of(inputOf(node, i).node))
    known.set(node, result)
    return result
  }
  return of(value.node)
}

function apply(
  node: Node,
  memory: Memory,
  { begin, count }: BatchRows,
  input: (i: number) => Float64Array,
): Float64Array {
  const { rows: M, columns: N } = matrixOf(node.outputs[0]!)
  const shape = (i: number): { M: number; N: number } => {
    const { rows, columns } = matrixOf(inputOf(node, i))
    return { M: rows, N: columns }
  }
  const order = (): Uint32Array => Uint32Array.from(input(1))
  switch (node.op.name) {
    case 'external':
      return Float64Array.from(memory[node.op.kind === 'external' ? node.op.buffer : '']!)
    case 'gather':
      return gather({ dataset: Uint8Array.from(input(0)), permutation: order(), begin, M, FEATURES: N })
    case 'gather_f32':
      return gatherF32({ dataset: input(0), permutation: order(), begin, M, FEATURES: N })
    case 'gather_one_hot':
      return gatherOneHot({ labels: Uint32Array.from(input(0)), permutation: order(), begin, M, N })
    case 'matmul': {
      const { transposeA, transposeB } = node.attributes
      const K = inputOf(node, 0).shape[transposeA === 1 ? 0 : 1]!
      const transposes = { transposeA: transposeA === 1, transposeB: transposeB === 1 }
      return matmul({ a: input(0), b: input(1), M, N, K, ...transposes })
    }
    case 'bias':
      return bias({ input: input(0), row: input(1), N })
    case 'add':
      return add(input(0), input(1))
    case 'column_sum':
      return columnSum({ input: input(0), ...shape(0) })
    case 'relu':
      return relu(input(0))
    case 'tanh':
      return tanh(input(0))
    case 'sigmoid':
      return sigmoid(input(0))
    case 'gelu':
      return gelu(input(0))
    case 'softmax':
      return softmax({ logits: input(0), M, N })
    case 'softmax_cross_entropy':
      return mean(softmaxCrossEntropy({ logits: input(0), targets: input(1), ...shape(0), count }), count)
    case 'mean_squared_error':
      return mean(meanSquaredError({ predictions: input(0), targets: input(1), ...shape(0), count }), count)
    default:
      throw new Error(`evaluate: ${node.op.name} has no twin here`)
  }
}

const mean = ({ loss }: { readonly loss: number }, count: number): Float64Array =>
  Float64Array.of(loss / count)
