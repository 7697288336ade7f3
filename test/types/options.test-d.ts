/** What users write by mistake does not compile: misspelt options, missing ones, values that are not admitted. */
import { describe, expectTypeOf, test } from 'vitest'
import { type Dispatch, makePlan } from '../../src/graph/plan.ts'
import { type Program, compile } from '../../src/graph/program.ts'
import { type Value, external } from '../../src/graph/value.ts'
import {
  type Dataset,
  type EpochReport,
  type Gpu,
  type Layer,
  type Metrics,
  type Run,
  type Training,
  adam,
  cosineDecay,
  dataset,
  dense,
  evaluate,
  fit,
  openDevice,
  predict,
  relu,
  sequential,
  sgd,
} from '../../src/index.ts'
import { softmaxCrossEntropy } from '../../src/ops/losses.ts'
import { matmul } from '../../src/ops/matmul.ts'

declare const gpu: Gpu
declare const data: Dataset
declare const value: Value
declare const program: Program

const model = sequential([784], [dense(128), relu(), dense(10)])
const required = { loss: 'softmaxCrossEntropy', optimizer: adam() } as const

describe('layers', () => {
  test('dense takes an initializer that there is', () => {
    expectTypeOf(dense(10, { initializer: 'heNormal' })).toEqualTypeOf<Layer>()
    // @ts-expect-error misspelt option
    dense(10, { initialiser: 'heNormal' })
    // @ts-expect-error no such initializer
    dense(10, { initializer: 'he' })
    // @ts-expect-error units are missing
    dense()
  })

  test('a model takes a shape and layers', () => {
    // @ts-expect-error the shape is a list: [784]
    sequential(784, [dense(10)])
    // @ts-expect-error the layer is what relu() gives, not relu
    sequential([784], [relu])
    // @ts-expect-error the layers are a list
    sequential([784], dense(10))
  })
})

describe('a training', () => {
  test('may be paused by its listeners, and is handed over as what predict takes', () => {
    void fit(gpu, model, data, {
      ...required,
      onStart: (training) => {
        expectTypeOf(training).toEqualTypeOf<Training>()
        void predict(training, new Uint8Array(784))
      },
      onReport: async ({ hostSeconds }) => {
        expectTypeOf(hostSeconds).toEqualTypeOf<number>()
        await Promise.resolve()
      },
      checkpoint: { seconds: 5, save: () => Promise.resolve() },
      reopen: () => Promise.resolve(gpu),
    })
    // @ts-expect-error a training does not wait for a number
    void fit(gpu, model, data, { ...required, onReport: () => 1 })
    // @ts-expect-error the bytes of a checkpoint, not its name
    void fit(gpu, model, data, { ...required, resume: 'last.safetensors' })
  })
})

describe('optimisers', () => {
  test('adam has defaults for everything, and knows no other option', () => {
    adam({ learningRate: cosineDecay({ peak: 6e-3, warmup: 0.1 }), beta1: 0.9, beta2: 0.999, epsilon: 1e-7 })
    // @ts-expect-error the option is learningRate
    adam({ lr: 1e-3 })
    // @ts-expect-error adam has no momentum
    adam({ momentum: 0.9 })
    // @ts-expect-error a rate is a number or a schedule
    adam({ learningRate: '1e-3' })
  })

  test('sgd needs a learning rate', () => {
    sgd({ learningRate: 0.1, momentum: 0.9 })
    // @ts-expect-error learningRate is missing
    sgd({ momentum: 0.9 })
    // @ts-expect-error learningRate is missing
    sgd()
  })

  test('a schedule needs its peak', () => {
    // @ts-expect-error peak is missing
    cosineDecay({ warmup: 0.1 })
    // @ts-expect-error misspelt option
    cosineDecay({ peak: 0.1, warmUp: 0.1 })
  })
})

describe('training', () => {
  test('fit takes the options that it documents', async () => {
    expectTypeOf(
      fit(gpu, model, data, { ...required, epochs: 5, batchSize: 128, validation: 0.1, seed: 1 }),
    ).resolves.toEqualTypeOf<Run>()
    await fit(gpu, model, data, {
      ...required,
      onEpoch: ({ epoch, validation }) => {
        expectTypeOf(epoch).toEqualTypeOf<number>()
        expectTypeOf(validation).toEqualTypeOf<Metrics | undefined>()
      },
    })
    // @ts-expect-error misspelt option
    await fit(gpu, model, data, { ...required, batchsize: 128 })
    // @ts-expect-error no such loss
    await fit(gpu, model, data, { ...required, loss: 'crossEntropy' })
    // @ts-expect-error the optimiser is what adam() gives, not its name
    await fit(gpu, model, data, { ...required, optimizer: 'adam' })
    // @ts-expect-error the optimizer is missing
    await fit(gpu, model, data, { loss: 'softmaxCrossEntropy' })
    // @ts-expect-error the device comes first
    await fit(model, data, required)
  })

  test('what comes out is read, not written', () => {
    expectTypeOf<Run['history']>().toEqualTypeOf<readonly EpochReport[]>()
    expectTypeOf<Metrics>().toEqualTypeOf<{ readonly loss: number; readonly accuracy: number | null }>()
    expectTypeOf(evaluate).returns.resolves.toExtend<Metrics>()
  })

  test('a dataset has features and targets', () => {
    dataset({ features: new Float32Array(4), targets: new Uint8Array(2), classes: 2 })
    // @ts-expect-error the targets are missing
    dataset({ features: new Float32Array(4) })
    // @ts-expect-error plain arrays do not say their type
    dataset({ features: [0, 1], targets: [0] })
    // @ts-expect-error misspelt option
    dataset({ features: new Float32Array(4), targets: new Uint8Array(2), numClasses: 2 })
  })

  test('a device is opened with the options of a page', async () => {
    expectTypeOf(openDevice({ powerPreference: 'low-power' })).resolves.toEqualTypeOf<Gpu>()
    // @ts-expect-error no such preference
    await openDevice({ powerPreference: 'fast' })
  })
})

describe('graphs', () => {
  test('matmul knows two transposes', () => {
    expectTypeOf(matmul(value, value, { transposeA: true })).toEqualTypeOf<Value>()
    // @ts-expect-error misspelt option
    matmul(value, value, { transposedA: true })
    // @ts-expect-error a flag, not a number
    matmul(value, value, { transposeB: 1 })
  })

  test('a value has a dtype that shaders have', () => {
    external({ buffer: 'x', shape: [2, 3], dtype: 'u8' })
    // @ts-expect-error there is no f64 on a GPU
    external({ buffer: 'x', shape: [2, 3], dtype: 'f64' })
    // @ts-expect-error the buffer is missing
    external({ shape: [2, 3], dtype: 'f32' })
  })

  test('a loss needs somewhere to write its metrics', () => {
    // @ts-expect-error metrics are missing
    softmaxCrossEntropy({ output: value, targets: value })
  })

  test('a plan is made of outputs and effects', async () => {
    const plan = makePlan({ outputs: { value }, effects: [value], fuse: false })
    // @ts-expect-error misspelt option
    makePlan({ output: { value } })
    expectTypeOf(plan.dispatches).toEqualTypeOf<readonly Dispatch[]>()
    expectTypeOf(compile(gpu, plan, { buffers: {} })).resolves.toEqualTypeOf<Program>()
    // @ts-expect-error the buffers are missing
    await compile(gpu, plan, { maxSteps: 4 })
  })

  test('a step says where it begins, how many rows count, and where its metrics go', () => {
    program.run([{ begin: 0, count: 128, metricsRow: 0 }])
    // @ts-expect-error the row of the metrics is missing
    program.run([{ begin: 0, count: 128 }])
    // @ts-expect-error steps are a list
    program.run({ begin: 0, count: 128, metricsRow: 0 })
  })
})
