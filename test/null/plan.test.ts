/** Plans without a device: what becomes one dispatch, what is left out, which memory is shared, what is refused. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ShapeError } from '../../src/errors.ts'
import { gradients } from '../../src/graph/gradients.ts'
import { formatPlan } from '../../src/graph/formatPlan.ts'
import { type Plan, makePlan } from '../../src/graph/plan.ts'
import { type DType, type Value, external } from '../../src/graph/value.ts'
import { dense, relu as reluLayer } from '../../src/nn/layers.ts'
import { sequential } from '../../src/nn/model.ts'
import { adam } from '../../src/nn/optimizers.ts'
import { bias } from '../../src/ops/bias.ts'
import { gather, gatherOneHot } from '../../src/ops/gather.ts'
import { meanSquaredError, softmaxCrossEntropy } from '../../src/ops/losses.ts'
import { matmul } from '../../src/ops/matmul.ts'
import { relu } from '../../src/ops/relu.ts'
import { sigmoid } from '../../src/ops/sigmoid.ts'
import { softmax } from '../../src/ops/softmax.ts'
import { tanh } from '../../src/ops/tanh.ts'
import { sgdUpdate } from '../../src/ops/updates.ts'
import { planTraining, planValidation } from '../../src/train/graphs.ts'
import { variantSets } from '../support/variants.ts'

const leaf = (buffer: string, shape: readonly number[], dtype: DType = 'f32', offset = 0): Value =>
  external({ buffer, shape, dtype, offset })

describe('a training step of 784-128-10 on batches of 128', () => {
  const permutation = leaf('permutation', [60_000], 'u32')
  const resident = { permutation, batchSize: 128 }
  const step = {
    model: sequential([784], [dense(128), reluLayer(), dense(10)]),
    loss: 'softmaxCrossEntropy',
    optimizer: adam(),
    batch: {
      x: gather({ ...resident, rows: leaf('features', [60_000, 784], 'u8') }),
      targets: gatherOneHot({ ...resident, rows: leaf('labels', [60_000], 'u32'), classes: 10 }),
    },
    metricsRows: 1024,
  } as const

  test('is four dispatches', () => {
    expect(formatPlan(planTraining(step, {}))).toMatchInlineSnapshot(`
      "dispatch                                                              result  workgroups   bytes   flops
      dense_1: matmul(gather, b) → bias → relu                          [128, 128]       2×2×1   568 k  25.7 M
      loss: dense_softmax_cross_entropy(a, gather_one_hot) → relu_grad  [128, 128]       8×1×1   273 k   687 k
      dense_1.weight: matmul(gather+ones_column, b) → adam              [785, 128]      2×13×1  2.58 M  26.9 M
      dense_2.weight: matmul(a+ones_column, b) → adam                    [129, 10]       1×1×1   102 k   346 k
      4 dispatches, 3 slots                                                                     3.52 M  53.7 M"
    `)
  })

  test('on SwiftShader, is the plan that the README shows', () => {
    const plan = formatPlan(
      planTraining(step, { adapter: 'swiftshader', features: new Set(['subgroups']), variantSets }),
    )
    expect(readFileSync('README.md', 'utf8')).toContain(plan)
  })

  test('is a dispatch for each op where nothing is fused', () => {
    expect(formatPlan(planTraining(step, { fuse: false }))).toMatchInlineSnapshot(`
      "dispatch                         result  workgroups   bytes   flops
      features: map(gather)        [128, 784]    1568×1×1   502 k       0
      labels: map(gather_one_hot)   [128, 10]      20×1×1  6.14 k       0
      dense_1: matmul              [128, 128]       2×2×1   868 k  25.7 M
      dense_1: map → bias          [128, 128]     256×1×1   132 k  16.4 k
      dense_1: map → relu          [128, 128]     256×1×1   131 k  16.4 k
      dense_2: matmul               [128, 10]       1×1×1  75.8 k   328 k
      dense_2: map → bias           [128, 10]      20×1×1  10.3 k  1.28 k
      loss: softmax_cross_entropy   [128, 10]       8×1×1  80.9 k  15.4 k
      loss: column_sum                   [10]       1×1×1  5.16 k  1.28 k
      dense_2: matmul              [128, 128]       2×2×1  75.8 k   328 k
      loss: matmul                  [128, 10]       1×1×1  75.8 k   328 k
      dense_1: map → relu_grad     [128, 128]     256×1×1   197 k  16.4 k
      dense_1: column_sum               [128]       2×1×1  66.0 k  16.4 k
      dense_1: matmul              [784, 128]      2×13×1   868 k  25.7 M
      dense_1.weight: map → adam   [784, 128]    1568×1×1  2.81 M  1.20 M
      dense_1.bias: map → adam          [128]       2×1×1  3.58 k  1.54 k
      dense_2.weight: map → adam    [128, 10]      20×1×1  35.8 k  15.4 k
      dense_2.bias: map → adam           [10]       1×1×1     280     120
      18 dispatches, 6 slots                               5.94 M  53.7 M"
    `)
  })

  test.each([true, false])('is validated by its dispatches up to the loss, fused: %s', (fuse) => {
    for (const loss of ['softmaxCrossEntropy', 'meanSquaredError'] as const) {
      const { dispatches } = planValidation({ ...step, loss }, { fuse })
      expect(planTraining({ ...step, loss }, { fuse }).dispatches.slice(0, dispatches.length)).toEqual(
        dispatches,
      )
      expect(dispatches.at(-1)?.bindings.metrics).toMatchObject({ buffer: 'metrics' })
      // What updates parameters binds the state of the optimiser, and no other dispatch does.
      const buffers = dispatches
        .flatMap(({ bindings }) => Object.values(bindings))
        .map((place) => 'buffer' in place && place.buffer)
      expect(buffers).toContain('parameters')
      expect(buffers).not.toContain('firstMoment')
    }
  })

  test('binds at most the eight storage buffers that every device has', () => {
    for (const fuse of [true, false]) {
      for (const { bindings, label } of planTraining(step, { fuse }).dispatches) {
        expect(Object.keys(bindings).length, label).toBeLessThanOrEqual(8)
      }
    }
  })
})

describe('fusion', () => {
  const [x, w, b] = [leaf('x', [4, 3]), leaf('w', [3, 5]), leaf('b', [5])]

  test('stores a value that two dispatches read', () => {
    const hidden = bias(matmul(x, w), b)
    const plan = makePlan({ outputs: { up: relu(hidden), down: tanh(hidden) } })
    expect(labels(plan)).toEqual(['matmul → bias', 'map → relu', 'map → tanh'])
  })

  test('stores a value that is an output, though one dispatch alone reads it', () => {
    const product = matmul(x, w)
    expect(labels(makePlan({ outputs: { product, y: bias(product, b) } }))).toEqual(['matmul', 'map → bias'])
  })

  test('does not bind one name twice', () => {
    const twice = bias(bias(matmul(x, w), b), leaf('c', [5]))
    expect(labels(makePlan({ outputs: { twice } }))).toEqual(['matmul → bias', 'map → bias'])
  })

  test('does not bind more buffers than the device admits', () => {
    const y = bias(matmul(x, w), b)
    expect(labels(makePlan({ outputs: { y }, maxBindings: 4 }))).toEqual(['matmul → bias'])
    expect(labels(makePlan({ outputs: { y }, maxBindings: 3 }))).toEqual(['matmul', 'map → bias'])
  })

  test('puts no hook behind a kernel that calls none', () => {
    expect(labels(makePlan({ outputs: { y: relu(softmax(x)) } }))).toEqual(['softmax', 'map → relu'])
  })
})

describe('a loss takes the dense layer before it along', () => {
  const alone = ['matmul → bias', 'softmax_cross_entropy', 'matmul → relu_grad']
  /** h = relu(x · V), z = h · W + b, and what the loss of z says of V and of W. */
  const step = (classes: number, more: (logits: Value) => Record<string, Value> = () => ({})): string[] => {
    const [v, w] = [leaf('v', [3, 8]), leaf('parameters', [8, classes])]
    const hidden = relu(matmul(leaf('x', [4, 3]), v))
    const logits = bias(matmul(hidden, w), leaf('parameters', [classes], 'f32', 1024))
    const loss = softmaxCrossEntropy({
      output: logits,
      targets: leaf('t', [4, classes]),
      metrics: leaf('metrics', [1, 1, 2]),
    })
    const [ofV, ofW] = gradients(loss, [v, w])
    return labels(makePlan({ effects: [loss], outputs: { ofW: ofW!, ofV: ofV!, ...more(logits) } }))
  }

  test('there and back, with the gradient of what made its input', () => {
    expect(step(16)).toEqual(['matmul → relu', 'dense_softmax_cross_entropy → relu_grad', 'matmul', 'matmul'])
  })

  test('not where the classes are more than its workgroups hold', () => {
    expect(step(17)).toEqual(expect.arrayContaining(alone))
  })

  test('not where something else reads the logits', () => {
    expect(step(16, (logits) => ({ logits }))).toContain('softmax_cross_entropy')
    expect(step(16, (logits) => ({ positive: relu(logits) }))).toContain('softmax_cross_entropy')
  })

  test('not where the layer reads the dataset itself', () => {
    const permutation = leaf('permutation', [9], 'u32')
    const x = gather({ rows: leaf('features', [9, 8], 'u8'), permutation, batchSize: 4 })
    const loss = softmaxCrossEntropy({
      output: bias(matmul(x, leaf('parameters', [8, 3])), leaf('parameters', [3], 'f32', 256)),
      targets: gatherOneHot({ rows: leaf('labels', [9], 'u32'), permutation, batchSize: 4, classes: 3 }),
      metrics: leaf('metrics', [1, 1, 2]),
    })
    const plan = makePlan({ effects: [loss], outputs: { saliency: gradients(loss, [x])[0]! } })
    expect(labels(plan)).toEqual([
      'matmul(gather, b) → bias',
      'softmax_cross_entropy(gather_one_hot)',
      'matmul',
    ])
  })

  test('not where nobody asks for the way back', () => {
    const w = leaf('parameters', [8, 3])
    const output = bias(matmul(leaf('x', [4, 8]), w), leaf('parameters', [3], 'f32', 256))
    const loss = softmaxCrossEntropy({
      output,
      targets: leaf('t', [4, 3]),
      metrics: leaf('metrics', [1, 1, 2]),
    })
    const outputs = { ofW: gradients(loss, [w])[0]! }
    expect(labels(makePlan({ effects: [loss], outputs }))).toEqual([
      'matmul → bias',
      'softmax_cross_entropy',
      'matmul',
    ])
  })
})

describe('the update of a weight takes that of its bias along', () => {
  /** One layer under a loss; the biases and their velocities lie `gap` and `velocityGap` bytes behind the weights'. */
  const updates = (gap: number, velocityGap: number, momentum = 0.9): Plan => {
    const at = (buffer: string, offset: number, shape: readonly number[]): Value =>
      leaf(buffer, shape, 'f32', offset)
    const [weight, shift] = [at('parameters', 0, [3, 5]), at('parameters', gap, [5])]
    const loss = meanSquaredError({
      output: bias(matmul(leaf('x', [4, 3]), weight), shift),
      targets: leaf('t', [4, 5]),
      metrics: leaf('metrics', [1, 1, 2]),
    })
    const [weightGradient, biasGradient] = gradients(loss, [weight, shift])
    const effects = [
      sgdUpdate(
        { parameter: weight, gradient: weightGradient! },
        { velocity: at('velocity', 0, [3, 5]) },
        { momentum: 0.9 },
      ),
      sgdUpdate(
        { parameter: shift, gradient: biasGradient! },
        { velocity: at('velocity', velocityGap, [5]) },
        { momentum },
      ),
    ]
    return makePlan({ effects: [loss, ...effects] })
  }
  const forward = ['matmul → bias', 'mean_squared_error']
  const joint = [...forward, 'matmul(a+ones_column, b) → sgd']
  const separate = [...forward, 'matmul → sgd', 'column_sum → sgd']

  test('where their memory lies alike', () => {
    expect(labels(updates(256, 256))).toEqual(joint)
  })

  test('not where their state lies at another distance', () => {
    expect(labels(updates(256, 512))).toEqual(separate)
  })

  test('not where their settings differ', () => {
    expect(labels(updates(256, 256, 0.5))).toEqual(separate)
  })
})

describe('memory', () => {
  const x = leaf('x', [8, 8])
  const chain = (length: number): Value => Array.from({ length }).reduce<Value>((value) => softmax(value), x)

  test('of a value is used again after its last reader', () => {
    const { slots } = makePlan({ outputs: { y: chain(6) } })
    expect(slots).toEqual([256, 256])
  })

  test('of an output is its own', () => {
    const [first, second] = [chain(1), softmax(chain(3))]
    const plan = makePlan({ outputs: { first, second } })
    const users = plan.dispatches.filter(({ bindings }) =>
      Object.values(bindings).some((place) => place.kind === 'slot' && place.slot === slotOf(plan, 'first')),
    )
    expect(users).toHaveLength(1)
    expect(slotOf(plan, 'first')).not.toBe(slotOf(plan, 'second'))
  })

  test('is never written by a dispatch that reads it', () => {
    const square = leaf('square', [8, 8])
    const { dispatches } = makePlan({
      outputs: { y: matmul(matmul(chain(2), square), chain(3)) },
      fuse: false,
    })
    for (const { bindings, label } of dispatches) {
      const { out, ...read } = bindings
      expect(Object.values(read), label).not.toContainEqual(out)
    }
  })

  test('takes what nothing needs for nothing', () => {
    const unused = relu(matmul(x, x))
    expect(unused.shape).toEqual([8, 8])
    const [gradient] = gradients(sigmoid(x), [x], leaf('seed', [8, 8]))
    const plan = makePlan({ outputs: { gradient: gradient! } })
    expect(labels(plan)).toEqual(['map → sigmoid', 'map → sigmoid_grad'])
    expect(makePlan({}).dispatches).toEqual([])
  })
})

describe('a step that reads what it has updated is refused', () => {
  const [parameter, gradient] = [leaf('parameters', [4]), leaf('gradient', [4])]
  const update = (): Value =>
    sgdUpdate({ parameter, gradient }, { velocity: leaf('velocity', [4]) }, { momentum: 0 })

  test('a parameter after its update', () => {
    const updated = update()
    expect(() => makePlan({ effects: [updated], outputs: { y: tanh(parameter) } })).toThrow(
      new ShapeError('plan: parameters reads parameters after parameters has updated it'),
    )
  })

  test('a part of it under another name', () => {
    const updated = update()
    const part = external({ buffer: 'parameters', label: 'part', shape: [2], dtype: 'f32' })
    expect(() => makePlan({ effects: [updated], outputs: { y: tanh(part) } })).toThrow(ShapeError)
  })

  test('but not what is read before', () => {
    const y = tanh(parameter)
    expect(labels(makePlan({ effects: [update()], outputs: { y } }))).toEqual(['map → tanh', 'map → sgd'])
  })

  test('a value that is written into must be external', () => {
    const inner = tanh(parameter)
    const wrong = sgdUpdate(
      { parameter: inner, gradient },
      { velocity: leaf('velocity', [4]) },
      { momentum: 0 },
    )
    expect(() => makePlan({ effects: [wrong] })).toThrow(
      new ShapeError('plan: parameters is written into, so it must be external'),
    )
  })
})

/** The dispatches, without the layers that they belong to. */
function labels({ dispatches }: Plan): string[] {
  return dispatches.map(({ label }) => label.replace(/^.*?: /, ''))
}

function slotOf({ outputs }: Plan, name: string): number | undefined {
  const place = outputs[name]
  return place?.kind === 'slot' ? place.slot : undefined
}
