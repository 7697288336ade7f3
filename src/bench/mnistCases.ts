/** Dispatches of 784-128-10, of a training step and of an evaluation, each on its own with the hooks that it has there. */
import * as hooks from '../generated/hooks.ts'
import { gradients } from '../graph/gradients.ts'
import { makePlan } from '../graph/plan.ts'
import { type StoreOp, apply, outputOf } from '../graph/value.ts'
import { dense } from '../nn/layers.ts'
import { parameterValue, sequential } from '../nn/model.ts'
import { adam } from '../nn/optimizers.ts'
import { bias } from '../ops/bias.ts'
import { columnSum } from '../ops/columnSum.ts'
import { lossParts } from '../ops/lossParts.ts'
import { softmaxCrossEntropy } from '../ops/losses.ts'
import { matmul } from '../ops/matmul.ts'
import { relu } from '../ops/relu.ts'
import type { GraphOptions } from '../train/graphs.ts'
import { type Case, f32, numbers } from './case.ts'
import { batchValues, classCount, featureCount, firstBatch, makeExamples } from './examples.ts'
import { betas, columnOf, dot, ones, rowOf, softmaxCrossEntropyRow } from './reference.ts'
import { adamMemory, expectMetrics, expectUpdate, metricsMemory } from './written.ts'
import { type Work, batchSize } from './work.ts'

const hidden = 128

export const mnistCases: readonly Case[] = [
  { name: 'kernels/mnist/forward_1', make: forward1 },
  { name: 'kernels/mnist/forward_2', make: forward2 },
  { name: 'kernels/mnist/loss', make: loss },
  { name: 'kernels/mnist/output_layer', make: outputLayer },
  { name: 'kernels/mnist/backward_1_weights', make: backward1Weights },
]

/** x · W₁ + b₁, ReLU. */
function forward1(options: GraphOptions): Work {
  const examples = makeExamples()
  const { features, permutation } = examples
  const { x } = firstBatch(examples)
  const [w, shift] = [numbers('w', featureCount * hidden), numbers('bias', hidden)]
  const product = matmul(batchValues().x, f32('w', [featureCount, hidden]))
  const at = (index: number): number => {
    const row = rowOf(x, Math.floor(index / hidden), featureCount)
    const column = index % hidden
    return Math.max(dot(featureCount, row, columnOf(w, column, hidden)) + (shift[column] ?? NaN), 0)
  }
  return {
    plan: makePlan({ ...options, outputs: { h: relu(bias(product, f32('bias', [hidden]))) } }),
    memory: { features, permutation, w, bias: shift },
    expected: [{ buffer: 'h', start: 0, length: batchSize * hidden, at }],
  }
}

/** h · W₂ + b₂. */
function forward2(options: GraphOptions): Work {
  const [h, w] = [numbers('h', batchSize * hidden), numbers('w', hidden * classCount)]
  const shift = numbers('bias', classCount)
  const product = matmul(f32('h', [batchSize, hidden]), f32('w', [hidden, classCount]))
  const at = (index: number): number => {
    const column = index % classCount
    const row = rowOf(h, Math.floor(index / classCount), hidden)
    return dot(hidden, row, columnOf(w, column, classCount)) + (shift[column] ?? NaN)
  }
  return {
    plan: makePlan({ ...options, outputs: { logits: bias(product, f32('bias', [classCount])) } }),
    memory: { h, w, bias: shift },
    expected: [{ buffer: 'logits', start: 0, length: batchSize * classCount, at }],
  }
}

/** Softmax cross-entropy of the batch, its gradient in the same pass. */
function loss(options: GraphOptions): Work {
  const examples = makeExamples()
  const { targets, permutation } = examples
  const logits = numbers('logits', batchSize * classCount)
  const rows = firstBatch(examples).labels.map((label, i) =>
    softmaxCrossEntropyRow([...logits.subarray(i * classCount, (i + 1) * classCount)], label),
  )
  const value = softmaxCrossEntropy({
    output: f32('logits', [batchSize, classCount]),
    targets: batchValues().targets,
    metrics: f32('metrics', [1, lossParts(batchSize), 2]),
  })
  const gradientAt = (index: number): number =>
    (rows[Math.floor(index / classCount)]?.gradient[index % classCount] ?? NaN) / batchSize
  return {
    plan: makePlan({ ...options, outputs: { gradient: outputOf(value.node, 1) }, effects: [value] }),
    memory: { logits, targets, permutation, metrics: metricsMemory },
    expected: [expectMetrics(rows), { buffer: 'gradient', start: 0, length: logits.length, at: gradientAt }],
  }
}

/** The last layer with its loss, and the gradient of its input where h is above 0: one dispatch of a training step. */
function outputLayer(options: GraphOptions): Work {
  const examples = makeExamples()
  const { targets, permutation } = examples
  const layer = sequential([hidden], [dense(classCount)])
  const h = numbers('h', batchSize * hidden)
  const before = numbers('parameters', layer.parameterBytes / 4)
  const [weight, shift] = layer.parameters
  if (weight === undefined || shift === undefined) throw new RangeError('a dense layer has two parameters')
  const [w, b] = [weight, shift].map(({ offset }) => before.subarray(offset / 4))
  const input = f32('h', [batchSize, hidden])
  const value = softmaxCrossEntropy({
    output: bias(matmul(input, parameterValue(weight)), parameterValue(shift)),
    targets: batchValues().targets,
    metrics: f32('metrics', [1, lossParts(batchSize), 2]),
  })
  const [gradient = input] = gradients(value, [input])
  const dh = apply(reluGrad, [gradient, input], [gradient])
  const rows = firstBatch(examples).labels.map((label, i) => {
    const logits = Array.from(
      { length: classCount },
      (_, c) => dot(hidden, rowOf(h, i, hidden), columnOf(w ?? [], c, classCount)) + (b?.[c] ?? NaN),
    )
    return softmaxCrossEntropyRow(logits, label)
  })
  const at = (index: number): number => {
    if ((h[index] ?? NaN) <= 0) return 0
    const row = rowOf(rows[Math.floor(index / hidden)]?.gradient ?? [], 0, classCount)
    return dot(classCount, row, rowOf(w ?? [], index % hidden, classCount)) / batchSize
  }
  return {
    plan: makePlan({ ...options, outputs: { dh }, effects: [value] }),
    memory: { h, parameters: before, targets, permutation, metrics: metricsMemory },
    expected: [expectMetrics(rows), { buffer: 'dh', start: 0, length: batchSize * hidden, at }],
  }
}

/** What the gradient of a graph with ReLU applies; on its own here. */
const reluGrad: StoreOp = { kind: 'store', name: 'relu_grad', hook: hooks.relu_grad, flopsPerElement: 1 }

/** [x, 1]ᵀ · dh, and Adam on W₁ and b₁. */
function backward1Weights(options: GraphOptions): Work {
  const examples = makeExamples()
  const { features, permutation } = examples
  const dh = numbers('dh', batchSize * hidden)
  const { parameters, parameterBytes } = sequential([featureCount], [dense(hidden)])
  const before = numbers('parameters', parameterBytes / 4)
  const values = f32('dh', [batchSize, hidden])
  const gradients = [matmul(batchValues().x, values, { transposeA: true }), columnSum(values)]
  const optimizer = adam(betas)
  const effects = parameters.map((parameter, i) => {
    const [gradient = values, state] = [gradients[i], optimizer.state]
    return optimizer.update(
      { parameter: parameterValue(parameter), gradient },
      state.map((name) => parameterValue(parameter, name)),
    )
  })
  const { x } = firstBatch(examples)
  const gradientAt = [
    (index: number): number =>
      dot(
        batchSize,
        columnOf(x, Math.floor(index / hidden), featureCount),
        columnOf(dh, index % hidden, hidden),
      ),
    (index: number): number => dot(batchSize, ones, columnOf(dh, index, hidden)),
  ]
  return {
    plan: makePlan({ ...options, effects }),
    memory: { features, permutation, dh, ...adamMemory(before) },
    expected: parameters.flatMap((parameter, i) =>
      expectUpdate(parameter, before, gradientAt[i] ?? (() => NaN)),
    ),
  }
}
