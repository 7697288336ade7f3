/** The float64 twins of the layers of src/nn, each composed of the twins of its ops; training.ts chains them. */
import { bias } from '../bias.ts'
import { gelu } from '../gelu.ts'
import { geluGrad } from '../gelu_grad.ts'
import { matmul } from '../matmul.ts'
import { relu } from '../relu.ts'
import { reluGrad } from '../relu_grad.ts'
import { sigmoid } from '../sigmoid.ts'
import { sigmoidGrad } from '../sigmoid_grad.ts'
import { softmax } from '../softmax.ts'
import { softmaxGrad } from '../softmax_grad.ts'
import { tanh } from '../tanh.ts'
import { tanhGrad } from '../tanh_grad.ts'

/** By name: `dense_1.weight`. */
export type HostParameters = ReadonlyMap<string, Float64Array>

export function dense(
  name: string,
  parameters: HostParameters,
  input: Float64Array,
  M: number,
): Float64Array {
  const row = parameters.get(`${name}.bias`)!
  const [K, N] = [input.length / M, row.length]
  return bias({ input: matmul({ a: input, b: parameters.get(`${name}.weight`)!, M, N, K }), row, N })
}

/** The gradient by the input; those by weight and bias are added to `gradients`. */
export function denseGradient(
  name: string,
  parameters: HostParameters,
  {
    input,
    gradient,
    M,
    gradients,
  }: { input: Float64Array; gradient: Float64Array; M: number; gradients: Map<string, Float64Array> },
): Float64Array {
  const weight = parameters.get(`${name}.weight`)!
  const [K, N] = [input.length / M, gradient.length / M]
  const joint = matmul({ a: input, b: gradient, M: K + 1, N, K: M, onesColumn: true })
  gradients.set(`${name}.weight`, joint.slice(0, K * N)).set(`${name}.bias`, joint.slice(K * N))
  return matmul({ a: gradient, b: weight, M, N: K, K: N, transposeB: true })
}

export function activate(kind: string, input: Float64Array, M: number): Float64Array {
  switch (kind) {
    case 'relu':
      return relu(input)
    case 'tanh':
      return tanh(input)
    case 'sigmoid':
      return sigmoid(input)
    case 'gelu':
      return gelu(input)
    case 'softmax':
      return softmax({ logits: input, M, N: input.length / M })
    default:
      throw new Error(`no twin of the layer ${kind}`)
  }
}

export function activationGradient(
  kind: string,
  {
    gradient,
    input,
    output,
    M,
  }: { gradient: Float64Array; input: Float64Array; output: Float64Array; M: number },
): Float64Array {
  switch (kind) {
    case 'relu':
      return reluGrad(gradient, output)
    case 'tanh':
      return tanhGrad(gradient, output)
    case 'sigmoid':
      return sigmoidGrad(gradient, output)
    case 'gelu':
      return geluGrad(gradient, input)
    case 'softmax':
      return softmaxGrad({ gradient, probabilities: output, M, N: output.length / M })
    default:
      throw new Error(`no twin of the layer ${kind}`)
  }
}
