/**
 * Linking and pipelines without a GPU: Dawn's null backend compiles every kernel with every hook that it admits, and
 * what does not fit together is told by name.
 */
import { describe, expect, test } from 'vitest'
import { ShaderError } from '../../src/errors.ts'
import * as hooks from '../../src/generated/hooks.ts'
import * as kernels from '../../src/generated/kernels.ts'
import { bufferUsage } from '../../src/gpu/device.ts'
import { bindKernel, createKernel } from '../../src/gpu/kernel.ts'
import { type Constants, type KernelShader, type Linking, link, linkingName } from '../../src/gpu/link.ts'
import { linkingsOf, plain } from '../support/linkings.ts'
import { openNullDevice } from './support/nullDevice.ts'

const { device } = await openNullDevice()

const storeHooks = Object.values(hooks).filter((hook) => hook.kind === 'store')

/** A value for each override that needs one. */
function constantsOf(linking: Linking, value: number): Constants {
  const required = Object.entries(link(linking).overrides).filter(([, isRequired]) => isRequired)
  return Object.fromEntries(required.map(([name]) => [name, value]))
}

for (const kernel of Object.values<KernelShader>(kernels)) {
  describe(`${kernel.name} makes a pipeline`, () => {
    for (const [name, linking] of linkingsOf(kernel)) {
      // Rows of four columns may be stored at once.
      test.for([3, 4])(`${name}, all sizes %i`, async (size) => {
        const { pipeline, bindings } = await createKernel(device, linking, constantsOf(linking, size))
        expect(pipeline.label).toBe(`wgrad: ${linkingName(linking)}`)
        expect(bindings).toEqual(link(linking).bindings)
      })
    }
  })
}

describe('linking', () => {
  const store = [hooks.bias, hooks.relu]
  const linked = link({ ...plain(kernels.matmul), store })

  test('begins with the kernel as it is', () => {
    expect(linked.code.startsWith(kernels.matmul.source)).toBe(true)
  })

  test('numbers the bindings in the order in which it lists them', () => {
    const declared = linked.code.matchAll(/@group\(0\)@binding\((\d+)\)var<storage,\w+>(\w+)/g)
    expect(Array.from(declared, ([, number, name]) => [Number(number), name])).toEqual(
      linked.bindings.map(({ name }, i) => [i, name]),
    )
  })

  test('chains the store hooks in order', () => {
    expect(linked.code).toContain(
      'return store_relu(store_bias(value, row, column, index), row, column, index);',
    )
  })

  test('appends the step row where a hook reads it, and only there', () => {
    expect(linked.step).toBe(false)
    expect(linked.code).not.toContain('struct Step')
    const updated = link({ ...plain(kernels.matmul), store: [hooks.adam] })
    expect(updated.step).toBe(true)
    expect(updated.code.match(/struct Step/g)).toHaveLength(1)
  })

  test('links a hook without bindings as often as it is asked for', () => {
    const twice = link({ ...plain(kernels.map), store: [hooks.relu, hooks.relu] })
    expect(twice.code.match(/fn store_relu/g)).toHaveLength(1)
  })
})

describe('what does not fit together is told by name', () => {
  const map = plain(kernels.map)
  const sizes = { M: 4, N: 4, A_COLUMNS: 4 }
  const wrong: [message: string, linking: Linking, constants: Constants][] = [
    [
      'map(gather): "gather4" loads four values, but this kernel loads one at a time',
      { ...map, loads: { a: [hooks.gather4] } },
      sizes,
    ],
    ['map: there is no override "K"; it has M, N, A_COLUMNS', map, { ...sizes, K: 4 }],
    ['map: the override "N" needs a value', map, { M: 4, A_COLUMNS: 4 }],
    ['map: the load slot "a" has no hook', { ...map, loads: {} }, sizes],
    [
      'map: there is no load slot "b"; it has a',
      { ...map, loads: { ...map.loads, b: [hooks.read_b] } },
      sizes,
    ],
    [
      'argmax → relu: this kernel calls no store hooks',
      { ...plain(kernels.argmax), store: [hooks.relu] },
      sizes,
    ],
    [
      'matmul(gather, gather): the binding "dataset" is declared by two hooks; a hook with bindings links once',
      { ...plain(kernels.matmul), loads: { a: [hooks.gather], b: [hooks.gather] } },
      sizes,
    ],
    [
      'map → bias → bias: the binding "bias" is declared by two hooks; a hook with bindings links once',
      { ...map, store: [hooks.bias, hooks.bias] },
      sizes,
    ],
  ]
  test.for(wrong)('%s', async ([message, linking, constants]) => {
    await expect(create(linking, constants)).rejects.toThrow(new ShaderError(message))
  })

  test('a shader that does not compile: which, and what the compiler says', async () => {
    const source = kernels.map.source.replace('let row', 'let row row')
    const broken = create({ ...map, kernel: { ...kernels.map, source } }, sizes)
    await expect(broken).rejects.toThrow(ShaderError)
    await expect(broken).rejects.toThrow(/^map does not compile: .*expected '='/s)
  })

  test('more storage buffers than the device binds: which they are', async () => {
    const limit = device.limits.maxStorageBuffersPerShaderStage
    const store = storeHooks.filter((hook) => hook.bindings.length > 0)
    const all = { ...plain(kernels.matmul), store }
    const names = link(all).bindings.map(({ name }) => name)
    expect(names.length).toBeGreaterThan(limit)
    await expect(create(all, constantsOf(all, 4))).rejects.toThrow(
      `${names.length} storage buffers (${names.join(', ')}), the device admits ${limit}`,
    )
  })

  test('a binding without a buffer, and a buffer without a binding', async () => {
    const kernel = await create(map, sizes)
    const buffer = device.createBuffer({ size: 64, usage: bufferUsage.storage })
    expect(() => bindKernel(device, kernel, { a: { buffer } })).toThrow(
      new ShaderError('map: the binding "out" has no buffer'),
    )
    expect(() => bindKernel(device, kernel, { out: { buffer }, a: { buffer }, b: { buffer } })).toThrow(
      new ShaderError('map: there is no binding "b"; it has out, a'),
    )
    buffer.destroy()
  })
})

test('the same linking with the same constants is compiled once', async () => {
  const linking = plain(kernels.softmax)
  const first = await create(linking, { M: 4, N: 5, A_COLUMNS: 5 })
  expect(await create(plain(kernels.softmax), { A_COLUMNS: 5, N: 5, M: 4 })).toBe(first)
  expect(await create(linking, { M: 4, N: 6, A_COLUMNS: 6 })).not.toBe(first)
})

/** Rejects also where linking throws at once. */
async function create(linking: Linking, constants: Constants): ReturnType<typeof createKernel> {
  return createKernel(device, linking, constants)
}
