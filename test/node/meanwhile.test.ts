/** A kernel that takes long to compile has another run meanwhile, and takes over between two runs. */
import { describe, expect, test, vi } from 'vitest'
import { adapterClass } from '../../src/gpu/adapterClass.ts'
import { makePlan } from '../../src/graph/plan.ts'
import { compile } from '../../src/graph/program.ts'
import { external } from '../../src/graph/value.ts'
import { dense, relu } from '../../src/nn/layers.ts'
import { sequential } from '../../src/nn/model.ts'
import { matmul } from '../../src/ops/matmul.ts'
import { fit } from '../../src/train/fit.ts'
import { normals } from '../support/data.ts'
import { readBuffer } from '../support/guards.ts'
import { variantSets } from '../support/variants.ts'
import { openTestDevice } from './support/gpu.ts'
import { upload } from './support/run.ts'
import { spyOn } from './support/spy.ts'
import { examples, options, outcomeOf } from './support/training.ts'

const gpu = await openTestDevice()
const isSwiftShader = adapterClass(gpu.adapter) === 'swiftshader'
if (!isSwiftShader) console.log('skipping the tests of kernels that run meanwhile: SwiftShader alone has any')

describe.runIf(isSwiftShader)('a program', () => {
  const [M, N, K] = [70, 40, 33]
  const memory = { a: normals(M * K, 1), w: normals(K * N, 2) }
  const y = matmul(
    external({ buffer: 'a', shape: [M, K], dtype: 'f32' }),
    external({ buffer: 'w', shape: [K, N], dtype: 'f32' }),
  )

  test('begins with it, and goes on with the faster one: what is bound stays', async () => {
    const features = new Set(['subgroups'])
    const plan = makePlan({ outputs: { y }, adapter: 'swiftshader', features, variantSets })
    const buffers = { a: upload(gpu, 'a', memory.a), w: upload(gpu, 'w', memory.w) }
    using program = await compile(gpu, plan, { buffers })
    using spy = spyOn(gpu.device)
    const result = async (): Promise<Float32Array> => {
      program.run([{ begin: 0, count: M, metricsRow: 0 }])
      const { buffer, offset = 0, size = 0 } = program.output('y')
      return new Float32Array(await readBuffer(gpu, buffer, offset, size))
    }
    const before = await result()
    await gpu.wait(program.speedUp())
    const after = await result()
    expect(after).toEqual(before)
    expect(spy.dispatched).toEqual([
      [3, 3, 1],
      [2, 2, 1],
    ])
    expect(spy.counts).toMatchObject({ createBindGroup: 0, createComputePipelineAsync: 1 })
    for (const buffer of Object.values(buffers)) buffer.destroy()
  })
})

describe.runIf(isSwiftShader)('a training', () => {
  const model = sequential([5], [dense(24), relu(), dense(3)])
  const settings = { ...options, batchSize: 40, validation: examples }

  test('asks for the faster kernels last, and ends as one that never has them', async () => {
    const asked = vi.spyOn(gpu.device, 'createComputePipelineAsync')
    const run = await fit(gpu, model, examples, settings)
    const isFaster = asked.mock.calls.map(([{ label = '' }]) => label.includes('quad_large'))
    asked.mockRestore()
    expect(Object.values(run.variants).filter((name) => name === 'matmul_quad_large')).toHaveLength(1)
    expect(isFaster.indexOf(true)).toBe(isFaster.length - 1)
    const never = await fit(gpu, model, examples, { ...settings, variants: { matmul: 'matmul_quad' } })
    expect(await outcomeOf(run)).toEqual(await outcomeOf(never))
  })
})
