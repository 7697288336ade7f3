/** What the cases must compute, in float64: products by their definition, softmax cross-entropy, Adam's first step. */

export type Numbers = ArrayLike<number>

/** Values at equal distances: a row or a column of a matrix. */
export interface Line {
  readonly values: Numbers
  readonly start: number
  readonly stride: number
}

/** Row `row` of a matrix with so many columns. */
export function rowOf(values: Numbers, row: number, columns: number): Line {
  return { values, start: row * columns, stride: 1 }
}

/** Column `column` of a matrix with so many columns. */
export function columnOf(values: Numbers, column: number, columns: number): Line {
  return { values, start: column, stride: columns }
}

/** Σ a · b over the first `count` values of both lines. */
export function dot(count: number, a: Line, b: Line): number {
  let sum = 0
  for (let k = 0; k < count; k++) {
    sum += (a.values[a.start + k * a.stride] ?? NaN) * (b.values[b.start + k * b.stride] ?? NaN)
  }
  return sum
}

/** A line of ones: a sum is a product with it. */
export const ones: Line = { values: [1], start: 0, stride: 0 }

export interface LossRow {
  readonly loss: number
  readonly right: boolean
  /** Of the loss, not of its mean over a batch. */
  readonly gradient: readonly number[]
}

/** −log softmax(logits)[label] and its gradient softmax(logits) − one-hot(label). */
export function softmaxCrossEntropyRow(logits: readonly number[], label: number): LossRow {
  const largest = Math.max(...logits)
  const sum = logits.reduce((total, z) => total + Math.exp(z - largest), 0)
  const probabilities = logits.map((z) => Math.exp(z - largest) / sum)
  return {
    loss: Math.log(sum) - ((logits[label] ?? NaN) - largest),
    right: logits.indexOf(largest) === label,
    gradient: probabilities.map((p, c) => p - Number(c === label)),
  }
}

export interface DenseLayer {
  /** [inputs, outputs] */
  readonly weight: Numbers
  readonly bias: Numbers
  readonly inputs: number
  readonly outputs: number
}

export interface ReferenceStep {
  /** Of each example. */
  readonly losses: readonly LossRow[]
  /** Element of the gradient of the mean loss with respect to a layer's weight. */
  weightGradientAt(layer: number, index: number): number
  biasGradientAt(layer: number, index: number): number
}

/** Forward and backward pass of dense layers with ReLU between them, on x [labels.length, inputs]. */
export function referenceStep(
  layers: readonly DenseLayer[],
  x: Float64Array,
  labels: readonly number[],
): ReferenceStep {
  const rows = labels.length
  const inputs = [x]
  layers.forEach((layer, l) => {
    const output = dense(layer, inputs[l] ?? x, rows)
    inputs.push(l < layers.length - 1 ? output.map((value) => Math.max(value, 0)) : output)
  })
  const losses = lossRows(inputs.at(-1) ?? x, labels)
  let gradient = Float64Array.from(losses.flatMap((row) => row.gradient.map((g) => g / rows)))
  const gradients: Float64Array[] = []
  for (const [l, layer] of [...layers.entries()].reverse()) {
    gradients[l] = gradient
    if (l > 0) gradient = denseGradient(layer, gradient, inputs[l] ?? x)
  }
  const columnOfGradient = (l: number, column: number): Line =>
    columnOf(gradients[l] ?? [], column, layers[l]?.outputs ?? 0)
  return {
    losses,
    weightGradientAt(l, index) {
      const { inputs: width = 0, outputs = 1 } = layers[l] ?? {}
      const column = columnOf(inputs[l] ?? [], Math.floor(index / outputs), width)
      return dot(rows, column, columnOfGradient(l, index % outputs))
    },
    biasGradientAt: (l, index) => dot(rows, ones, columnOfGradient(l, index)),
  }
}

function lossRows(logits: Float64Array, labels: readonly number[]): LossRow[] {
  const classes = logits.length / labels.length
  return labels.map((label, row) =>
    softmaxCrossEntropyRow([...logits.subarray(row * classes, (row + 1) * classes)], label),
  )
}

/** x · W + b, [rows, outputs]. */
function dense({ weight, bias, inputs, outputs }: DenseLayer, x: Float64Array, rows: number): Float64Array {
  return Float64Array.from({ length: rows * outputs }, (_, i) => {
    const column = i % outputs
    const product = dot(inputs, rowOf(x, Math.floor(i / outputs), inputs), columnOf(weight, column, outputs))
    return product + (bias[column] ?? NaN)
  })
}

/** gradient · Wᵀ where the layer's input, a ReLU's output, is above 0. */
function denseGradient(
  { weight, inputs, outputs }: DenseLayer,
  gradient: Float64Array,
  x: Float64Array,
): Float64Array<ArrayBuffer> {
  return Float64Array.from(x, (value, i) => {
    if (value <= 0) return 0
    return dot(outputs, rowOf(gradient, Math.floor(i / inputs), outputs), rowOf(weight, i % inputs, outputs))
  })
}

/** Adam's β₁ and β₂ in the cases. */
export const betas = { beta1: 0.9, beta2: 0.999 }

/** Parameter and first moment after an update from zero moments, the bias correction folded into the step size. */
export function firstAdamStep(
  parameter: number,
  gradient: number,
  { learningRate, epsilon }: { readonly learningRate: number; readonly epsilon: number },
): { parameter: number; firstMoment: number } {
  const firstMoment = (1 - betas.beta1) * gradient
  const secondMoment = (1 - betas.beta2) * gradient ** 2
  return {
    parameter: parameter - (learningRate * firstMoment) / (Math.sqrt(secondMoment) + epsilon),
    firstMoment,
  }
}
