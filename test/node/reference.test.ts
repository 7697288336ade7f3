/** Who guards the guards: the float64 twins against central differences, values known by hand and identities. */
import { describe, expect, it } from 'vitest'
import { adam } from '../reference/adam.ts'
import { add } from '../reference/add.ts'
import { argmax } from '../reference/argmax.ts'
import { bias } from '../reference/bias.ts'
import { columnSum } from '../reference/column_sum.ts'
import { confusion } from '../reference/confusion.ts'
import { gather } from '../reference/gather.ts'
import { gatherF32 } from '../reference/gather_f32.ts'
import { gatherOneHot } from '../reference/gather_one_hot.ts'
import { gelu } from '../reference/gelu.ts'
import { geluGrad } from '../reference/gelu_grad.ts'
import { matmul } from '../reference/matmul.ts'
import { meanSquaredError } from '../reference/mean_squared_error.ts'
import { oneHot } from '../reference/one_hot.ts'
import { relu } from '../reference/relu.ts'
import { reluGrad } from '../reference/relu_grad.ts'
import { sgd } from '../reference/sgd.ts'
import { sigmoid } from '../reference/sigmoid.ts'
import { sigmoidGrad } from '../reference/sigmoid_grad.ts'
import { softmax } from '../reference/softmax.ts'
import { softmaxGrad } from '../reference/softmax_grad.ts'
import { softmaxCrossEntropy } from '../reference/softmax_cross_entropy.ts'
import { finiteDifference } from '../reference/support/finiteDifference.ts'
import { tanh } from '../reference/tanh.ts'
import { tanhGrad } from '../reference/tanh_grad.ts'
import { integers, normals, uniforms } from '../support/data.ts'

const normals64 = (count: number, seed: number): Float64Array => Float64Array.from(normals(count, seed))
const uniforms64 = (count: number, seed: number): Float64Array => Float64Array.from(uniforms(count, seed))
const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0)
const norm = (x: Float64Array): number => Math.sqrt(dot(x, x))

/** [columns, rows] of [rows, columns] */
const transposed = (x: Float64Array, rows: number, columns: number): Float64Array =>
  x.map((_, i) => x[(i % rows) * columns + Math.floor(i / rows)]!)

function expectGradient(gradient: Float64Array, f: (x: Float64Array) => number, x: Float64Array): void {
  const judge = finiteDifference(f, x)
  expect(gradient.length).toBe(x.length)
  expect(norm(judge)).toBeGreaterThan(0)
  expect(norm(gradient.map((g, i) => g - judge[i]!)) / norm(judge)).toBeLessThan(1e-6)
}

function expectNear(actual: Float64Array, expected: Iterable<number>, tolerance = 1e-12): void {
  const values = Float64Array.from(expected)
  expect(actual.length).toBe(values.length)
  expect(norm(actual.map((x, i) => x - values[i]!))).toBeLessThanOrEqual(tolerance * (norm(values) || 1))
}

describe('finiteDifference', () => {
  it('finds the gradient of a function known by hand', () => {
    expectNear(
      finiteDifference((x) => x[0]! ** 3 + x[0]! * x[1]!, Float64Array.of(2, 5)),
      [17, 2],
      1e-9,
    )
  })
})

const shapes = [
  { M: 1, N: 1, K: 1 },
  { M: 3, N: 5, K: 2 },
  { M: 7, N: 1, K: 9 },
  { M: 4, N: 11, K: 13 },
]

describe('matmul', () => {
  it('multiplies a 2×3 by a 3×2 matrix as by hand', () => {
    const a = Float64Array.of(1, 2, 3, 4, 5, 6)
    const b = Float64Array.of(7, 8, 9, 10, 11, 12)
    expect([...matmul({ a, b, M: 2, N: 2, K: 3 })]).toEqual([58, 64, 139, 154])
  })

  describe.each(shapes)('$M×$K by $K×$N', ({ M, N, K }) => {
    const a = normals64(M * K, 1)
    const b = normals64(K * N, 2)
    const gradient = normals64(M * N, 3)
    const product = matmul({ a, b, M, N, K })

    it('is the same with its operands stored transposed', () => {
      const at = transposed(a, M, K)
      const bt = transposed(b, K, N)
      expect(matmul({ a: at, b, M, N, K, transposeA: true })).toEqual(product)
      expect(matmul({ a, b: bt, M, N, K, transposeB: true })).toEqual(product)
      expect(matmul({ a: at, b: bt, M, N, K, transposeA: true, transposeB: true })).toEqual(product)
    })

    it('with B transposed: the gradient of the left operand', () => {
      const backward = matmul({ a: gradient, b, M, N: K, K: N, transposeB: true })
      expectGradient(backward, (x) => dot(gradient, matmul({ a: x, b, M, N, K })), a)
    })

    it('with A transposed: the gradient of the right operand', () => {
      const backward = matmul({ a, b: gradient, M: K, N, K: M, transposeA: true })
      expectGradient(backward, (x) => dot(gradient, matmul({ a, b: x, M, N, K })), b)
    })

    it('with a column of ones: the gradients of the weight and, below it, of the bias', () => {
      const weightAndBias = normals64((K + 1) * N, 4)
      const dense = (w: Float64Array): Float64Array =>
        bias({ input: matmul({ a, b: w.subarray(0, K * N), M, N, K }), row: w.subarray(K * N), N })
      const backward = matmul({ a, b: gradient, M: K + 1, N, K: M, onesColumn: true })
      expectGradient(backward, (w) => dot(gradient, dense(w)), weightAndBias)
      expect(backward.subarray(K * N)).toEqual(columnSum({ input: gradient, M, N }))
    })
  })
})

describe('bias, add and column_sum', () => {
  it('add a row to every row, two tensors, and the rows of a matrix', () => {
    const input = Float64Array.of(1, 2, 3, 4, 5, 6)
    expect([...bias({ input, row: Float64Array.of(10, 20, 30), N: 3 })]).toEqual([11, 22, 33, 14, 25, 36])
    expect([...add(input, Float64Array.of(6, 5, 4, 3, 2, 0))]).toEqual([7, 7, 7, 7, 7, 6])
    expect([...columnSum({ input, M: 2, N: 3 })]).toEqual([5, 7, 9])
  })

  it.each(shapes)('column_sum $M×$N: the gradient of the bias', ({ M, N }) => {
    const input = normals64(M * N, 1)
    const gradient = normals64(M * N, 2)
    expectGradient(
      columnSum({ input: gradient, M, N }),
      (row) => dot(gradient, bias({ input, row, N })),
      normals64(N, 3),
    )
  })
})

describe('activations', () => {
  const points = Float64Array.of(-1000, -1, 0, 1, 1000)

  it('have the values that are known of them', () => {
    expectNear(relu(points), [0, 0, 0, 1, 1000])
    expectNear(tanh(points), [-1, -0.7615941559557649, 0, 0.7615941559557649, 1])
    expectNear(sigmoid(points), [0, 0.2689414213699951, 0.5, 0.7310585786300049, 1])
    expectNear(gelu(points), [0, -0.15880800939172324, 0, 0.8411919906082768, 1000])
  })

  it('gelu stays within 5e-4 of x · Φ(x), the exact form', () => {
    // x · Φ(x) to 9 digits, from tables of the normal distribution.
    const exact = {
      '-2': -0.0455002639,
      '-0.5': -0.15426877,
      '0.5': 0.34573123,
      '2': 1.95449974,
      '3': 2.99595031,
    }
    for (const [x, value] of Object.entries(exact)) {
      expect(Math.abs(gelu(Float64Array.of(Number(x)))[0]! - value)).toBeLessThan(5e-4)
    }
  })

  const fromOutput = [
    { name: 'tanh', forward: tanh, backward: tanhGrad },
    { name: 'sigmoid', forward: sigmoid, backward: sigmoidGrad },
    { name: 'relu', forward: relu, backward: reluGrad },
  ]

  describe.each([1, 7, 33, 130])('of %i elements', (count) => {
    // Central differences are wrong within a step of relu's kink: those inputs, about one in 25 000, are moved off it.
    const input = normals64(count, 1).map((x) => (Math.abs(x) < 1e-4 ? 1e-4 : x))
    const gradient = normals64(count, 2)

    it.each(fromOutput)('$name: its gradient from the output', ({ forward, backward }) => {
      // A relu of one negative number has no gradient to compare.
      const x = count === 1 ? Float64Array.of(0.7) : input
      expectGradient(backward(gradient, forward(x)), (moved) => dot(gradient, forward(moved)), x)
    })

    it('gelu: its gradient from the input', () => {
      expectGradient(geluGrad(gradient, input), (moved) => dot(gradient, gelu(moved)), input)
    })
  })

  it('relu is flat at its kink', () => {
    expect([...reluGrad(Float64Array.of(3), relu(Float64Array.of(0)))]).toEqual([0])
  })
})

describe('softmax', () => {
  it('gives probabilities that depend on differences alone', () => {
    const logits = Float64Array.of(0, Math.log(2), Math.log(5), 3, 3, 3)
    const expected = [1 / 8, 2 / 8, 5 / 8, 1 / 3, 1 / 3, 1 / 3]
    expectNear(softmax({ logits, M: 2, N: 3 }), expected)
    expectNear(softmax({ logits: logits.map((z) => z + 1e4), M: 2, N: 3 }), expected, 1e-11)
    expectNear(softmax({ logits: logits.map((z) => z - 1e4), M: 2, N: 3 }), expected, 1e-11)
  })

  it.each([
    { M: 1, N: 2 },
    { M: 5, N: 7 },
    { M: 3, N: 17 },
  ])('$M×$N: its gradient from the output', ({ M, N }) => {
    const logits = normals64(M * N, 1)
    const gradient = normals64(M * N, 2)
    const backward = softmaxGrad({ gradient, probabilities: softmax({ logits, M, N }), M, N })
    expectGradient(backward, (z) => dot(gradient, softmax({ logits: z, M, N })), logits)
  })
})

const losses = [
  { M: 1, N: 2, count: 1 },
  { M: 3, N: 10, count: 3 },
  { M: 5, N: 7, count: 3 },
  { M: 8, N: 1, count: 7 },
  { M: 6, N: 17, count: 1 },
]

describe('softmax_cross_entropy', () => {
  it('of even logits is the log of the number of classes', () => {
    const targets = Float64Array.of(0, 1, 0, 0, 0, 0, 0, 1)
    const { loss, gradient, correct } = softmaxCrossEntropy({
      logits: new Float64Array(8),
      targets,
      M: 2,
      N: 4,
      count: 2,
    })
    expect(loss).toBeCloseTo(2 * Math.log(4), 12)
    expectNear(
      gradient,
      [1, -3, 1, 1, 1, 1, 1, -3].map((x) => x / 8),
    )
    expect(correct).toBe(0)
  })

  it('stays finite and exact for logits of ±1e4', () => {
    const logits = Float64Array.of(1e4, -1e4, 0, 1e4, -1e4, 0)
    const targets = Float64Array.of(1, 0, 0, 0, 1, 0)
    const { loss, gradient, correct } = softmaxCrossEntropy({ logits, targets, M: 2, N: 3, count: 2 })
    expect(loss).toBe(2e4)
    expect([...gradient]).toEqual([0, 0, 0, 0.5, -0.5, 0])
    expect(correct).toBe(1)
  })

  it('allows a logit of −∞, a class that cannot be', () => {
    const logits = Float64Array.of(0, -Infinity, 0)
    const targets = Float64Array.of(1, 0, 0)
    const { loss, gradient } = softmaxCrossEntropy({ logits, targets, M: 1, N: 3, count: 1 })
    expect(loss).toBeCloseTo(Math.log(2), 12)
    expect([...gradient]).toEqual([-0.5, 0, 0.5])
  })

  // Over one column softmax is 1 whatever the logit: the gradient is 0, with nothing to compare.
  describe.each(losses.filter(({ N }) => N > 1))('$M×$N, $count rows count', ({ M, N, count }) => {
    const logits = normals64(M * N, 1).map((z) => 3 * z)
    const meanLoss = (z: Float64Array, targets: Float64Array): number =>
      softmaxCrossEntropy({ logits: z, targets, M, N, count }).loss / count

    it('its gradient for labels', () => {
      const labels = integers(M, 2, N)
      const targets = oneHot({ labels, M, N })
      const { gradient } = softmaxCrossEntropy({ logits, targets, M, N, count })
      expectGradient(gradient, (z) => meanLoss(z, targets), logits)
    })

    it('its gradient for soft targets whose rows do not sum to 1', () => {
      const targets = uniforms64(M * N, 3)
      const { gradient } = softmaxCrossEntropy({ logits, targets, M, N, count })
      expectGradient(gradient, (z) => meanLoss(z, targets), logits)
    })
  })
})

describe('mean_squared_error', () => {
  it('is the sum over rows of the mean over columns', () => {
    const predictions = Float64Array.of(1, 2, 3, 4)
    const targets = Float64Array.of(0, 4, 3, 2)
    const { loss, gradient, correct } = meanSquaredError({ predictions, targets, M: 2, N: 2, count: 2 })
    expect(loss).toBe((1 + 4) / 2 + (0 + 4) / 2)
    expect([...gradient]).toEqual([0.5, -1, 0, 1])
    expect(correct).toBe(1)
  })

  it.each(losses)('$M×$N, $count rows count: its gradient', ({ M, N, count }) => {
    const predictions = normals64(M * N, 1)
    const targets = normals64(M * N, 2)
    const { gradient } = meanSquaredError({ predictions, targets, M, N, count })
    expectGradient(
      gradient,
      (p) => meanSquaredError({ predictions: p, targets, M, N, count }).loss / count,
      predictions,
    )
  })
})

describe('rows that do not count', () => {
  const targets = uniforms64(5 * 4, 2)
  const outputs = normals64(5 * 4, 1)
  const cases = [
    {
      name: 'softmax_cross_entropy',
      loss: (x: Float64Array, t: Float64Array, M: number, count: number) =>
        softmaxCrossEntropy({ logits: x, targets: t, M, N: 4, count }),
    },
    {
      name: 'mean_squared_error',
      loss: (x: Float64Array, t: Float64Array, M: number, count: number) =>
        meanSquaredError({ predictions: x, targets: t, M, N: 4, count }),
    },
  ]

  it.each(cases)('$name: leave the loss of the others as it is and have no gradient', ({ loss }) => {
    const masked = loss(outputs, targets, 5, 3)
    const alone = loss(outputs.slice(0, 12), targets.slice(0, 12), 3, 3)
    expect(masked.loss).toBe(alone.loss)
    expect(masked.correct).toBe(alone.correct)
    expect(masked.gradient).toEqual(Float64Array.of(...alone.gradient, 0, 0, 0, 0, 0, 0, 0, 0))
  })

  it.each(cases)('$name: may be all of them', ({ loss }) => {
    expect(loss(outputs, targets, 5, 0)).toEqual({ loss: 0, gradient: new Float64Array(20), correct: 0 })
  })
})

describe('argmax and what is counted with it', () => {
  it('takes the first of equal elements', () => {
    expect([...argmax({ input: Float64Array.of(1, 3, 3, -2, -2, -5), M: 2, N: 3 })]).toEqual([1, 0])
  })

  it('an answer tied with an earlier class is wrong, one tied with a later class is right', () => {
    const logits = Float64Array.of(2, 2, 0)
    const correct = (targets: Float64Array): number =>
      softmaxCrossEntropy({ logits, targets, M: 1, N: 3, count: 1 }).correct
    expect(correct(Float64Array.of(0, 1, 0))).toBe(0)
    expect(correct(Float64Array.of(1, 0, 0))).toBe(1)
  })

  it('confusion counts by true and predicted class, the rows that count alone', () => {
    const targets = oneHot({ labels: Uint32Array.of(0, 1, 1, 2, 2), M: 5, N: 3 })
    const outputs = oneHot({ labels: Uint32Array.of(0, 1, 0, 1, 2), M: 5, N: 3 })
    expect([...confusion({ outputs, targets, M: 5, N: 3, count: 4 })]).toEqual([1, 0, 0, 1, 1, 0, 0, 1, 0])
  })
})

describe('adam', () => {
  const settings = { learningRate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-3 }

  it('goes learningRate · g / (|g| + ε) in every step of a constant gradient', () => {
    const gradient = Float64Array.of(2, -0.001, 0)
    const zero: Float64Array = new Float64Array(3)
    let state = { parameter: zero, firstMoment: zero, secondMoment: zero }
    for (let step = 1; step <= 5; step++) {
      state = adam({ ...state, ...settings, gradient, step })
      expectNear(
        state.parameter,
        gradient.map((g) => (-step * 0.1 * g) / (Math.abs(g) + 1e-3)),
      )
    }
  })

  it('takes the second of two different steps as worked out by hand', () => {
    const first = { firstMoment: Float64Array.of(0.1), secondMoment: Float64Array.of(0.001) } // after a gradient of 1
    const after = adam({
      ...first,
      ...settings,
      parameter: Float64Array.of(1),
      gradient: Float64Array.of(3),
      step: 2,
    })
    expectNear(after.firstMoment, [0.39])
    expectNear(after.secondMoment, [0.009999])
    expectNear(after.parameter, [1 - (0.1 * (0.39 / 0.19)) / (Math.sqrt(0.009999 / 0.001999) + 1e-3)])
  })
})

describe('sgd', () => {
  it('goes learningRate · g in the first step, and on with the momentum of the last', () => {
    const still = { parameter: Float64Array.of(1, 1), velocity: new Float64Array(2) }
    const settings = { learningRate: 0.5, momentum: 0.5 }
    const first = sgd({ ...still, ...settings, gradient: Float64Array.of(1, -2) })
    const second = sgd({ ...first, ...settings, gradient: Float64Array.of(0, 4) })
    expect([...first.parameter]).toEqual([0.5, 2])
    expect([...second.velocity]).toEqual([0.5, 3])
    expect([...second.parameter]).toEqual([0.25, 0.5])
  })
})

describe('gathering a batch', () => {
  const permutation = Uint32Array.of(2, 0, 1)

  it('takes the rows that the permutation names, bytes over 255', () => {
    const dataset = Uint8Array.of(0, 51, 102, 153, 204, 255)
    expectNear(gather({ dataset, permutation, begin: 0, M: 2, FEATURES: 2 }), [0.8, 1, 0, 0.2])
    expect([...gatherF32({ dataset, permutation, begin: 1, M: 2, FEATURES: 2 })]).toEqual([0, 51, 102, 153])
  })

  it('repeats the last row of the permutation past its end', () => {
    const dataset = Float32Array.of(10, 20, 30)
    expect([...gatherF32({ dataset, permutation, begin: 2, M: 3, FEATURES: 1 })]).toEqual([20, 20, 20])
  })

  it('makes one-hot rows of labels', () => {
    const labels = Uint32Array.of(3, 0, 1)
    expect([...oneHot({ labels, M: 2, N: 4 })]).toEqual([0, 0, 0, 1, 1, 0, 0, 0])
    expect([...gatherOneHot({ labels, permutation, begin: 1, M: 3, N: 4 })]).toEqual([
      0, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0,
    ])
  })
})
