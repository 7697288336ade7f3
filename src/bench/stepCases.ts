/** Whole training steps: forward, loss, backward, Adam, as `fit` runs them, fused and an op at a time. */
import { dense, relu } from '../nn/layers.ts'
import { sequential, type Sequential } from '../nn/model.ts'
import { adam } from '../nn/optimizers.ts'
import { type GraphOptions, planTraining } from '../train/graphs.ts'
import { initialValues } from '../train/weights.ts'
import type { Case } from './case.ts'
import { batchValues, classCount, featureCount, firstBatch, makeExamples } from './examples.ts'
import { type DenseLayer, type ReferenceStep, betas, referenceStep } from './reference.ts'
import { adamMemory, expectMetrics, expectUpdate, metricsMemory } from './written.ts'
import { type Work, batchSize } from './work.ts'

export const stepCases: readonly Case[] = [[128], [512, 256]].flatMap((hidden) => {
  const name = `steps/${[featureCount, ...hidden, classCount].join('-')}`
  return [
    { name, make: (options) => stepWork(hidden, options) },
    { name: `${name}/unfused`, make: (options) => stepWork(hidden, { ...options, fuse: false }) },
  ] satisfies Case[]
})

function stepWork(hidden: readonly number[], options: GraphOptions): Work {
  const layers = [...hidden.flatMap((units) => [dense(units), relu()]), dense(classCount)]
  const model = sequential([featureCount], layers)
  const before = new Float32Array(model.parameterBytes / 4)
  const values = initialValues(model, 1)
  for (const { name, offset } of model.parameters) before.set(values.get(name) ?? [], offset / 4)

  const examples = makeExamples()
  const { x, labels } = firstBatch(examples)
  const step = referenceStep(denseLayers(model, values), x, labels)
  return {
    plan: planTraining(
      { model, loss: 'softmaxCrossEntropy', optimizer: adam(betas), batch: batchValues(), metricsRows: 1 },
      options,
    ),
    memory: { ...examples, ...adamMemory(before), metrics: metricsMemory },
    expected: [
      expectMetrics(step.losses),
      ...model.parameters.flatMap((parameter, i) =>
        expectUpdate(parameter, before, (index) => gradientAt(step, i, index)),
      ),
    ],
    examples: batchSize,
  }
}

/** A dense layer has two parameters, weight and bias. */
function denseLayers({ parameters }: Sequential, values: ReadonlyMap<string, Float32Array>): DenseLayer[] {
  const weights = parameters.filter((_, i) => i % 2 === 0)
  return weights.map(({ name, shape: [inputs = 0, outputs = 0] }, layer) => ({
    weight: values.get(name) ?? [],
    bias: values.get(parameters[2 * layer + 1]?.name ?? '') ?? [],
    inputs,
    outputs,
  }))
}

function gradientAt(step: ReferenceStep, parameter: number, index: number): number {
  const layer = Math.floor(parameter / 2)
  return parameter % 2 === 0 ? step.weightGradientAt(layer, index) : step.biasGradientAt(layer, index)
}
