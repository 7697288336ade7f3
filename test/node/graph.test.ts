/**
 * Graphs on this machine's adapter: values say what does not fit, gradients agree with central differences of the
 * float64 twins, fusion changes nothing, and a program may take its steps in any number of submits.
 */
import { describe, expect, test } from 'vitest'
import { DeviceError, ShapeError } from '../../src/errors.ts'
import { add, gradients } from '../../src/graph/gradients.ts'
import { type Plan, makePlan } from '../../src/graph/plan.ts'
import { compile } from '../../src/graph/program.ts'
import type { Step } from '../../src/gpu/step.ts'
import { type DType, type Value, elementsOf, external } from '../../src/graph/value.ts'
import { dense, relu as reluLayer } from '../../src/nn/layers.ts'
import { applyLayers, sequential } from '../../src/nn/model.ts'
import { adam } from '../../src/nn/optimizers.ts'
import { bias } from '../../src/ops/bias.ts'
import { argmax, confusion } from '../../src/ops/classes.ts'
import { columnSum } from '../../src/ops/columnSum.ts'
import { gather, gatherOneHot } from '../../src/ops/gather.ts'
import { gelu } from '../../src/ops/gelu.ts'
import { meanSquaredError, softmaxCrossEntropy } from '../../src/ops/losses.ts'
import { matmul } from '../../src/ops/matmul.ts'
import { relu } from '../../src/ops/relu.ts'
import { sigmoid } from '../../src/ops/sigmoid.ts'
import { softmax } from '../../src/ops/softmax.ts'
import { tanh } from '../../src/ops/tanh.ts'
import { createRandom } from '../../src/random.ts'
import { optionsFor, planTraining } from '../../src/train/graphs.ts'
import { finiteDifference } from '../reference/support/finiteDifference.ts'
import { expectClose } from '../../src/testing/compare.ts'
import { integers, normals } from '../support/data.ts'
import { type Memory, evaluate } from '../support/evaluate.ts'
import { openTestDevice } from './support/gpu.ts'
import { runPlan, upload } from './support/run.ts'

const gpu = await openTestDevice()

const leaf = (buffer: string, shape: readonly number[], dtype: DType = 'f32'): Value =>
  external({ buffer, shape, dtype })

describe('shapes that do not fit are told with op, operands and shapes', () => {
  const [x, metrics] = [leaf('x', [4, 3]), leaf('metrics', [1, 1, 2])]
  const wrong: [message: string, make: () => Value][] = [
    ['x: the shape is [4, 0]; every size must be a whole number from 1 up', () => leaf('x', [4, 0])],
    [
      'matmul: a is [4, 3] but b is [4, 5]; the inner dimensions must match',
      () => matmul(x, leaf('w', [4, 5])),
    ],
    [
      'matmul: a is [4, 3] (transposed) but b is [3, 5] (transposed); the inner dimensions must match',
      () => matmul(x, leaf('w', [3, 5]), { transposeA: true, transposeB: true }),
    ],
    ['matmul: a is [4, 3] and b is [3]; both must be matrices', () => matmul(x, leaf('w', [3]))],
    [
      'matmul: pixels is u8; it takes f32, which gather makes of a dataset',
      () => matmul(leaf('pixels', [4, 3], 'u8'), leaf('w', [3, 5])),
    ],
    [
      'w: starts at byte 128; it must be a multiple of 256',
      () => external({ buffer: 'w', shape: [3], dtype: 'f32', offset: 128 }),
    ],
    ['bias: x is [4, 3] but b is [4]; b must be [columns of x]', () => bias(x, leaf('b', [4]))],
    ['add: a is [4, 3] but b is [3, 4]; they must be equal', () => add(x, leaf('y', [3, 4]))],
    ['column_sum: x is [3]; it must be a matrix', () => columnSum(leaf('x', [3]))],
    [
      'softmax_cross_entropy: logits is [4, 3] but targets is [4]; both must be [batch, outputs]',
      () => softmaxCrossEntropy({ output: x, targets: leaf('t', [4]), metrics }),
    ],
    [
      'mean_squared_error: outputs is [4, 3] but targets is [3, 4]; both must be [batch, outputs]',
      () => meanSquaredError({ output: x, targets: leaf('t', [3, 4]), metrics }),
    ],
    [
      'confusion: output is [4, 3], targets [4, 3], counts [4, 4]; expected [batch, n], [batch, n] and [n, n]',
      () => confusion({ output: x, targets: leaf('t', [4, 3]), counts: leaf('c', [4, 4], 'u32') }),
    ],
    [
      'gather: rows is [9, 3] but permutation is [8]; it must be [examples]',
      () => gather({ rows: leaf('rows', [9, 3]), permutation: leaf('p', [8], 'u32'), batchSize: 4 }),
    ],
  ]
  test.for(wrong)('%s', ([message, make]) => {
    expect(make).toThrow(new ShapeError(message))
  })
})

/** A plan with the kernels that every device admits, fused or not, and the plan that this device gets. */
const ways = {
  'each op on its own': { fuse: false },
  fused: { fuse: true },
  'as this device has it': await optionsFor(gpu),
}

/** A graph of leaves, which hold seeded normals; the gradient is asked with respect to all but `targets`. */
interface Graph {
  readonly name: string
  readonly make: (leaf: (name: string, ...shape: readonly number[]) => Value) => Value
}

const graphs: readonly Graph[] = [
  {
    name: 'a dense network under softmax_cross_entropy',
    make: (x) => {
      const hidden = relu(bias(matmul(x('x', 7, 5), x('w1', 5, 4)), x('b1', 4)))
      const output = bias(matmul(hidden, x('w2', 4, 3)), x('b2', 3))
      return softmaxCrossEntropy({ output, targets: x('targets', 7, 3), metrics: x('metrics', 1, 1, 2) })
    },
  },
  {
    name: 'tanh, sigmoid and gelu under mean_squared_error',
    make: (x) => {
      const output = gelu(matmul(sigmoid(matmul(tanh(x('x', 7, 5)), x('w1', 5, 4))), x('w2', 4, 3)))
      return meanSquaredError({ output, targets: x('targets', 7, 3), metrics: x('metrics', 1, 1, 2) })
    },
  },
  { name: 'matmul', make: (x) => matmul(x('a', 3, 5), x('b', 5, 2)) },
  { name: 'matmul, A transposed', make: (x) => matmul(x('a', 5, 3), x('b', 5, 2), { transposeA: true }) },
  { name: 'matmul, B transposed', make: (x) => matmul(x('a', 3, 5), x('b', 2, 5), { transposeB: true }) },
  {
    name: 'matmul, A and B transposed',
    make: (x) => matmul(x('a', 5, 3), x('b', 2, 5), { transposeA: true, transposeB: true }),
  },
  { name: 'softmax', make: (x) => softmax(matmul(x('a', 3, 5), x('b', 5, 4))) },
  { name: 'a leaf as it is', make: (x) => add(x('a', 3, 5), x('b', 3, 5)) },
  {
    name: 'a value used twice',
    make: (x) => {
      const a = tanh(x('a', 3, 3))
      return add(matmul(a, a), relu(a))
    },
  },
  {
    name: 'a value used three times, on ways of different lengths',
    make: (x) => {
      const a = x('a', 3, 3)
      return add(add(gelu(tanh(a)), a), matmul(x('b', 3, 3), a))
    },
  },
]

describe('gradients agree with central differences of the f64 twins', () => {
  // Two of the seven rows of a batch do not count.
  const step = { begin: 0, count: 5, metricsRow: 0 }

  for (const { name, make } of graphs)
    describe(name, () => {
      const memory: Record<string, Float32Array> = {}
      const leaves = new Map<string, Value>()
      const of = make((name, ...shape) => {
        const value = leaf(name, shape)
        memory[name] = normals(elementsOf(value), leaves.size)
        if (!['targets', 'metrics'].includes(name)) leaves.set(name, value)
        return value
      })
      const isLoss = leaves.has('x')
      if (!isLoss) memory.seed = normals(elementsOf(of), 99)
      const found = isLoss
        ? gradients(of, [...leaves.values()])
        : gradients(of, [...leaves.values()], leaf('seed', of.shape))

      for (const [how, options] of Object.entries(ways))
        test(how, async () => {
          const outputs = Object.fromEntries([...leaves.keys()].map((name, i) => [name, found[i]!]))
          const plan = makePlan({ ...options, outputs: isLoss ? outputs : { ...outputs, of } })
          const ran = await runPlan(gpu, plan, memory, [[step]])
          for (const [name, value] of leaves) {
            const expected = finiteDifference(
              (changed) => scalar(evaluate(of, { ...memory, [name]: changed }, step)),
              Float64Array.from(memory[name]!),
            )
            expectClose(ran.outputs[name]!, expected, {
              tolerance: 1e-6,
              label: name,
              columns: value.shape.at(-1)!,
            })
          }
          if (!isLoss)
            expectClose(ran.outputs.of!, evaluate(of, memory, step), { tolerance: 1e-6, label: 'value' })
        })

      const scalar = (values: Float64Array): number =>
        values.reduce((sum, value, i) => sum + value * (memory.seed?.[i] ?? 1), 0)
    })
})

test('the gradient of a leaf is whole where one of a value on the way is asked for too', async () => {
  const [a, seed] = [leaf('a', [3, 3]), leaf('seed', [3, 3])]
  const hidden = tanh(a)
  const output = matmul(hidden, a)
  const [together] = gradients(output, [a, hidden], seed)
  const [alone] = gradients(output, [a], seed)
  const plan = makePlan({ outputs: { together: together!, alone: alone! } })
  const { outputs } = await runPlan(gpu, plan, { a: normals(9, 1), seed: normals(9, 2) }, [
    [{ begin: 0, count: 3, metricsRow: 0 }],
  ])
  expect(outputs.together).toEqual(outputs.alone)
})

describe('gradients that cannot be made say why', () => {
  const [x, w] = [
    leaf('x', [4, 3]),
    external({ buffer: 'parameters', label: 'w', shape: [3, 2], dtype: 'f32' }),
  ]
  const loss = meanSquaredError({
    output: matmul(x, w),
    targets: leaf('t', [4, 2]),
    metrics: leaf('metrics', [1, 1, 2]),
  })
  const wrong: [message: string, make: () => unknown][] = [
    ['gradients: matmul (w) is no loss; give a seed', () => gradients(matmul(x, w), [w])],
    ['gradients: argmax (x) has no gradient', () => gradients(argmax(x), [x], leaf('s', [4]))],
    ['gradients: loss does not depend on other', () => gradients(loss, [w, leaf('other', [3, 2])])],
    [
      'gradients: the seed is [2, 4], the value [4, 2]',
      () => gradients(matmul(x, w), [w], leaf('s', [2, 4])),
    ],
    [
      'gradients: mean_squared_error ends a graph; nothing may be computed from it',
      () => gradients(relu(loss), [w], leaf('s', [1, 1, 2])),
    ],
  ]
  test.for(wrong)('%s', ([message, make]) => {
    expect(make).toThrow(new ShapeError(message))
  })
})

/** Training of 6-5-3 on eleven examples of bytes, the parameters and Adam's moments in arenas. */
const examples = 11
const batchSize = 4
const stepCount = 6
const model = sequential([6], [dense(5), reluLayer(), dense(3)])
const optimizer = adam()
const permutation = leaf('permutation', [examples], 'u32')
const batch = {
  x: gather({ rows: leaf('features', [examples, 6], 'u8'), permutation, batchSize }),
  targets: gatherOneHot({ rows: leaf('labels', [examples], 'u32'), permutation, batchSize, classes: 3 }),
}
const memory = {
  permutation: createRandom(1, 'graph.test').permutation(examples),
  features: Uint8Array.from(integers(examples * 6, 1, 256)),
  labels: integers(examples, 2, 3),
  parameters: normals(model.parameterBytes / 4, 3),
  firstMoment: new Float32Array(model.parameterBytes / 4),
  secondMoment: new Float32Array(model.parameterBytes / 4),
  metrics: new Float32Array(2 * stepCount),
}
/** Two epochs of three steps, the last of each with three examples. */
const steps = Array.from({ length: stepCount }, (_, i): Step => {
  const begin = (i % 3) * batchSize
  const count = Math.min(batchSize, examples - begin)
  return { begin, count, metricsRow: i, ...optimizer.stepSize(0.05, i + 1) }
})
const plan = (way: keyof typeof ways): Plan =>
  planTraining({ model, loss: 'softmaxCrossEntropy', optimizer, batch, metricsRows: stepCount }, ways[way])

describe('a program', () => {
  test('leaves the same bits whether its steps go into one submit or six', async () => {
    const together = await runPlan(gpu, plan('as this device has it'), memory, [steps])
    const apart = await runPlan(
      gpu,
      plan('as this device has it'),
      memory,
      steps.map((step) => [step]),
    )
    expect(together.memory).toEqual(apart.memory)
    expect(together.memory.parameters).not.toEqual(memory.parameters)
  })

  test('measures loss and gradient of a partial batch as the f64 twins do', async () => {
    const step = steps[2]!
    const { memory: left } = await runPlan(gpu, plan('as this device has it'), memory, [[step]])

    const contents: Record<string, Float32Array> = Object.fromEntries(
      model.parameters.map(({ name, shape, offset }) => [
        name,
        memory.parameters.subarray(offset / 4, offset / 4 + elementsOf({ shape })),
      ]),
    )
    const output = applyLayers(model.layers, batch.x, ({ name, shape }) => leaf(name, shape)).at(-1)!
    const loss = softmaxCrossEntropy({ output, targets: batch.targets, metrics: leaf('metrics', [1, 1, 2]) })
    const meanLoss = (changed: Memory): number =>
      evaluate(loss, { ...memory, ...contents, ...changed }, { ...step })[0]!
    expect(left.metrics![2 * step.metricsRow]! / step.count).toBeCloseTo(meanLoss({}), 5)
    for (const { name, offset } of model.parameters) {
      const values = Float64Array.from(contents[name]!)
      const gradient = finiteDifference((changed) => meanLoss({ [name]: changed }), values)
      const firstMoment = left.firstMoment!.subarray(offset / 4, offset / 4 + values.length)
      expectClose(
        firstMoment,
        gradient.map((g) => 0.1 * g),
        { tolerance: 1e-6, label: name },
      )
    }
  })

  test.for(['fused', 'as this device has it'] as const)(
    '%s trains as one of single ops does',
    async (way) => {
      const single = plan('each op on its own')
      expect(plan(way).dispatches.length).toBeLessThan(single.dispatches.length)
      const actual = await runPlan(gpu, plan(way), memory, [steps])
      const expected = await runPlan(gpu, single, memory, [steps])
      for (const label of ['parameters', 'firstMoment', 'secondMoment', 'metrics']) {
        const values = Float64Array.from(expected.memory[label]!)
        expectClose(actual.memory[label]!, values, { tolerance: 1e-5, label })
      }
    },
  )

  test('needs every buffer that the graph names, and as large as its values', async () => {
    const plan = makePlan({ outputs: { y: tanh(leaf('x', [8, 8])) } })
    const x = upload(gpu, 'x', new Float32Array(63))
    await expect(compile(gpu, plan, { buffers: {} })).rejects.toThrow(
      new DeviceError('x: map → tanh: "a" needs the buffer "x"'),
    )
    await expect(compile(gpu, plan, { buffers: { x } })).rejects.toThrow(
      new DeviceError('x: map → tanh: "a" needs 256 bytes of "x", which has 252'),
    )
    x.destroy()
  })

  test('names its outputs where one is asked for that it does not have', async () => {
    const x = upload(gpu, 'x', new Float32Array(4))
    using program = await compile(gpu, makePlan({ outputs: { y: tanh(leaf('x', [4])) } }), { buffers: { x } })
    expect(() => program.output('z')).toThrow(new DeviceError('there is no output "z"; this program has y'))
    x.destroy()
  })
})
