/** Models as they are described: layers, parameters and their first values, optimisers and schedules. No device. */
import { describe, expect, it } from 'vitest'
import { OptionError, ShapeError, type WgradError } from '../../src/errors.ts'
import { type Fans, glorotUniform, heNormal, zeros } from '../../src/nn/initializers.ts'
import { type Layer, dense, gelu, relu, sigmoid, softmax, tanh } from '../../src/nn/layers.ts'
import { parameterCount, sequential } from '../../src/nn/model.ts'
import { adam, sgd } from '../../src/nn/optimizers.ts'
import { cosineDecay } from '../../src/nn/schedules.ts'
import { summary } from '../../src/nn/summary.ts'
import { createRandom } from '../../src/random.ts'
import { initialValues } from '../../src/train/weights.ts'
import { adam as adamTwin } from '../reference/adam.ts'

describe('sequential', () => {
  const model = sequential([784], [dense(128), relu(), dense(64), relu(), dense(10), softmax()])

  it('names layers and parameters by kind and count, and passes shapes on', () => {
    expect(model.layers.map(({ name, outputShape }) => [name, ...outputShape])).toEqual([
      ['dense_1', 128],
      ['relu_1', 128],
      ['dense_2', 64],
      ['relu_2', 64],
      ['dense_3', 10],
      ['softmax_1', 10],
    ])
    expect(model.outputShape).toEqual([10])
    expect(model.parameters.map(({ name, shape }) => [name, ...shape])).toEqual([
      ['dense_1.weight', 784, 128],
      ['dense_1.bias', 128],
      ['dense_2.weight', 128, 64],
      ['dense_2.bias', 64],
      ['dense_3.weight', 64, 10],
      ['dense_3.bias', 10],
    ])
    expect(parameterCount(model)).toBe(784 * 128 + 128 + 128 * 64 + 64 + 64 * 10 + 10)
  })

  it('lays parameters side by side, each where it can be bound', () => {
    const odd = sequential([7], [dense(33), relu(), dense(65), relu(), dense(3)])
    let end = 0
    for (const { name, offset, shape } of odd.parameters) {
      expect(offset % 256, name).toBe(0)
      expect(offset, name).toBeGreaterThanOrEqual(end)
      expect(offset, name).toBeLessThan(end + 256)
      end = offset + 4 * shape.reduce((product, size) => product * size, 1)
    }
    expect(odd.parameterBytes).toBeGreaterThanOrEqual(end)
  })

  it('takes a model without parameters', () => {
    const identity = sequential([4], [tanh(), sigmoid(), gelu()])
    expect(parameterCount(identity)).toBe(0)
    expect(identity.parameterBytes).toBeGreaterThan(0)
  })

  it.each<[string, () => unknown, WgradError]>([
    [
      'no layer',
      () => sequential([4], []),
      new OptionError('sequential: there is no layer; the least is one dense layer'),
    ],
    [
      'softmax in the middle',
      () => sequential([4], [softmax(), dense(2)]),
      new OptionError('sequential: softmax must be the last layer'),
    ],
    [
      'an empty dimension',
      () => sequential([28, 0], [dense(2)]),
      new ShapeError('sequential: the shape is [28, 0]; every size must be a whole number from 1 up'),
    ],
    [
      'an input that is not flat',
      () => sequential([28, 28], [relu(), dense(2)]),
      new ShapeError('dense_1: dense: the input is [28, 28] for each example; it must be flat: [784]'),
    ],
    ['no units', () => dense(0), new OptionError('dense: units is 0; it must be a whole number from 1 up')],
    [
      'half a unit',
      () => dense(1.5),
      new OptionError('dense: units is 1.5; it must be a whole number from 1 up'),
    ],
  ])('refuses %s', (_, make, error) => {
    expect(make).toThrow(error)
  })
})

it('summary is a table of layers, shapes and parameters', () => {
  expect(`\n${summary(sequential([784], [dense(128), relu(), dense(10)]))}\n`).toMatchInlineSnapshot(`
    "
    Layer (type)     Output shape    Param #
    ────────────────────────────────────────
    dense_1 (dense)  (batch, 128)    100,480
    relu_1 (relu)    (batch, 128)          0
    dense_2 (dense)  (batch, 10)       1,290
    ────────────────────────────────────────
    Total params: 101,770 (397.5 KB)
    "
  `)
})

describe('initial values', () => {
  const fans: Fans = { fanIn: 300, fanOut: 200 }
  const count = 60_000

  /** Four standard errors of the mean and of the variance of so many draws; the seed is fixed. */
  function expectMoments(values: Float32Array, variance: number, kurtosis: number): void {
    const mean = values.reduce((sum, x) => sum + x, 0) / count
    const spread = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / count
    expect(Math.abs(mean)).toBeLessThan(4 * Math.sqrt(variance / count))
    expect(Math.abs(spread / variance - 1)).toBeLessThan(4 * Math.sqrt((kurtosis - 1) / count))
  }

  it('glorotUniform fills ±√(6 / (fan in + fan out)) evenly', () => {
    const values = glorotUniform(createRandom(1, 'glorot'), count, fans)
    const bound = Math.sqrt(6 / 500)
    expectMoments(values, bound ** 2 / 3, 9 / 5)
    const largest = values.reduce((most, x) => Math.max(most, Math.abs(x)), 0)
    expect(largest).toBeLessThanOrEqual(bound)
    expect(largest).toBeGreaterThan(0.999 * bound)
  })

  it('heNormal has variance 2 / fan in, and tails', () => {
    const values = heNormal(createRandom(1, 'he'), count, fans)
    expectMoments(values, 2 / 300, 3)
    const deviation = Math.sqrt(2 / 300)
    const beyond = values.filter((x) => Math.abs(x) > 2 * deviation).length / count
    expect(Math.abs(beyond - 0.0455)).toBeLessThan(4 * Math.sqrt(0.0455 / count))
  })

  it('zeros are zeros', () => {
    expect(zeros(createRandom(1, 'zeros'), 3, fans)).toEqual(new Float32Array(3))
  })

  it('are the same for a seed, others for each seed and parameter; biases begin at zero', () => {
    const model = sequential([20], [dense(20), relu(), dense(20, { initializer: 'heNormal' })])
    const [first, again, other] = [initialValues(model, 1), initialValues(model, 1), initialValues(model, 2)]
    expect(again).toEqual(first)
    expect(other.get('dense_1.weight')).not.toEqual(first.get('dense_1.weight'))
    expect(first.get('dense_2.weight')).not.toEqual(first.get('dense_1.weight'))
    expect(first.get('dense_2.bias')).toEqual(new Float32Array(20))
  })

  it('of a layer do not change where another is put behind it', () => {
    const layers: Layer[] = [dense(20), relu()]
    const [short, long] = [sequential([20], layers), sequential([20], [...layers, dense(5)])]
    expect(initialValues(long, 1).get('dense_1.weight')).toEqual(
      initialValues(short, 1).get('dense_1.weight'),
    )
  })
})

describe('adam', () => {
  it('folds the bias correction of Kingma & Ba into step size and ε', () => {
    const [beta1, beta2, epsilon, rate] = [0.9, 0.999, 1e-7, 1e-3]
    const optimizer = adam({ learningRate: rate, beta1, beta2, epsilon })
    let folded = 0.5
    let [m, v] = [0, 0]
    let twin: ReturnType<typeof adamTwin> = {
      parameter: Float64Array.of(0.5),
      firstMoment: Float64Array.of(0),
      secondMoment: Float64Array.of(0),
    }
    for (let t = 1; t <= 2000; t++) {
      const gradient = Math.sin(t) * 1e-3
      m += (1 - beta1) * (gradient - m)
      v += (1 - beta2) * (gradient ** 2 - v)
      const step = optimizer.stepSize(rate, t)
      folded -= (step.learningRate * m) / (Math.sqrt(v) + step.epsilon)

      const settings = { step: t, learningRate: rate, beta1, beta2, epsilon }
      twin = adamTwin({ ...twin, gradient: Float64Array.of(gradient), ...settings })
      if (t < 5 || t === 2000) expect(folded / twin.parameter[0]!).toBeCloseTo(1, 12)
    }
  })

  it('begins with steps of the learning rate: the first step size over the first mean is √(1−β₂)/(1−β₁)', () => {
    const { learningRate, epsilon } = adam().stepSize(1e-3, 1)
    expect(learningRate).toBeCloseTo((1e-3 * Math.sqrt(0.001)) / 0.1, 15)
    expect(epsilon).toBeCloseTo(1e-7 * Math.sqrt(0.001), 20)
    const late = adam().stepSize(1e-3, 1e6)
    expect(late.learningRate).toBeCloseTo(1e-3, 15)
    expect(late.epsilon).toBeCloseTo(1e-7, 20)
  })

  it('records its settings', () => {
    expect(adam()).toMatchObject({
      name: 'adam',
      config: { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
      learningRate: 1e-3,
    })
    expect(sgd({ learningRate: 0.1 })).toMatchObject({
      name: 'sgd',
      config: { momentum: 0 },
      learningRate: 0.1,
    })
    expect(sgd({ learningRate: 0.1 }).stepSize(0.1, 7)).toEqual({ learningRate: 0.1, epsilon: 0 })
  })

  it.each<[string, () => unknown]>([
    ['adam: learningRate is 0; it must be finite and above 0', () => adam({ learningRate: 0 })],
    ['adam: learningRate is Infinity; it must be finite and above 0', () => adam({ learningRate: Infinity })],
    ['adam: beta1 is 1; it must be from 0 to below 1', () => adam({ beta1: 1 })],
    ['adam: beta2 is -0.1; it must be from 0 to below 1', () => adam({ beta2: -0.1 })],
    ['adam: epsilon is NaN; it must be 0 or more', () => adam({ epsilon: NaN })],
    ['sgd: learningRate is -1; it must be finite and above 0', () => sgd({ learningRate: -1 })],
    ['sgd: momentum is 1; it must be from 0 to below 1', () => sgd({ learningRate: 1, momentum: 1 })],
  ])('refuses: %s', (message, make) => {
    expect(make).toThrow(new OptionError(message))
  })
})

describe('cosineDecay', () => {
  it('falls from the peak at the first step to the end at the last, half-way in the middle', () => {
    const rate = cosineDecay({ peak: 0.1, end: 0.02 })
    const at = (step: number): number => rate({ step, totalSteps: 101 })
    expect(at(0)).toBe(0.1)
    expect(at(50)).toBeCloseTo(0.06, 12)
    expect(at(25)).toBeCloseTo(0.02 + 0.08 * ((1 + Math.SQRT1_2) / 2), 12)
    expect(at(100)).toBeCloseTo(0.02, 12)
  })

  it('rises in equal steps to the peak, which one step has, whatever share the warm-up is', () => {
    const rate = cosineDecay({ peak: 1, warmup: 0.1 })
    const rates = Array.from({ length: 45 }, (_, step) => rate({ step, totalSteps: 45 }))
    expect(rates.slice(0, 5)).toEqual([0.2, 0.4, 0.6, 0.8, 1].map((x) => expect.closeTo(x, 12) as number))
    expect(Math.max(...rates)).toBe(1)
    expect(rates[44]).toBeCloseTo(0, 12)
    expect(rates.slice(4)).toEqual(rates.slice(4).toSorted((a, b) => b - a))
  })

  it('is defined for a run of one step', () => {
    expect(cosineDecay({ peak: 0.1, warmup: 0.5 })({ step: 0, totalSteps: 1 })).toBe(0.1)
  })

  it.each<[string, () => unknown]>([
    ['cosineDecay: peak is 0; it must be finite and above 0', () => cosineDecay({ peak: 0 })],
    ['cosineDecay: peak is Infinity; it must be finite and above 0', () => cosineDecay({ peak: Infinity })],
    ['cosineDecay: end is 2; it must be from 0 to the peak, 1', () => cosineDecay({ peak: 1, end: 2 })],
    ['cosineDecay: warmup is 1; it must be from 0 to below 1', () => cosineDecay({ peak: 1, warmup: 1 })],
  ])('refuses: %s', (message, make) => {
    expect(make).toThrow(new OptionError(message))
  })
})
