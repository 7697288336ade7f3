/** Shaders that cannot be linked do not compile in TypeScript either: hooks of the wrong kind, names that are not there. */
import { describe, expectTypeOf, test } from 'vitest'
import * as hooks from '../../src/generated/hooks.ts'
import * as kernels from '../../src/generated/kernels.ts'
import type { AdjustHook, KernelShader, Linking, LoadChain, LoadHook, StoreHook } from '../../src/gpu/link.ts'
import { matmul as matmulAlone, storeHook } from '../../src/kernels.ts'

declare const device: GPUDevice
declare const buffer: GPUBuffer

describe('the generated manifests', () => {
  test('are kernels, load hooks, adjust hooks and store hooks', () => {
    expectTypeOf(kernels.matmul).toExtend<KernelShader>()
    expectTypeOf(hooks.gather).toExtend<LoadHook>()
    expectTypeOf(hooks.ones_column).toExtend<AdjustHook>()
    expectTypeOf(hooks.bias).toExtend<StoreHook>()
  })

  test('know every kernel and hook by name, and no other', () => {
    expectTypeOf(kernels).toHaveProperty('matmul')
    expectTypeOf(kernels).not.toHaveProperty('matmull')
    expectTypeOf(hooks).toHaveProperty('relu_grad')
    expectTypeOf(hooks).not.toHaveProperty('relu_gradient')
  })

  test('tell workgroup sizes, bindings and slots exactly', () => {
    expectTypeOf(kernels.map.workgroup).toEqualTypeOf<readonly [64]>()
    expectTypeOf(kernels.softmax.bindings[0].name).toEqualTypeOf<'out'>()
    expectTypeOf(kernels.matmul.loads).toEqualTypeOf<readonly ['a', 'b']>()
  })
})

describe('a chain of hooks', () => {
  const kernel = kernels.map
  const a = [hooks.read_a] as const
  const linking = (of: Linking): Linking => of
  const loadChain = (of: LoadChain): LoadChain => of

  test('of stores holds store hooks only', () => {
    linking({ kernel, loads: { a }, store: [hooks.bias, hooks.relu] })
    // @ts-expect-error gather loads
    linking({ kernel, loads: { a }, store: [hooks.gather] })
    // @ts-expect-error ones_column adjusts
    linking({ kernel, loads: { a }, store: [hooks.relu, hooks.ones_column] })
    // @ts-expect-error a kernel is no hook
    linking({ kernel, loads: { a }, store: [kernels.softmax] })
  })

  test('of loads begins with a load hook, and only adjust hooks follow', () => {
    loadChain([hooks.gather, hooks.ones_column])
    // @ts-expect-error bias stores
    loadChain([hooks.bias])
    // @ts-expect-error ones_column needs something to adjust
    loadChain([hooks.ones_column])
    // @ts-expect-error two sources
    loadChain([hooks.read_a, hooks.gather])
    // @ts-expect-error no source at all
    loadChain([])
  })

  test('belongs to a kernel', () => {
    // @ts-expect-error a hook is no kernel
    linking({ kernel: hooks.relu, loads: {}, store: [] })
  })
})

test('a kernel alone takes the bindings of its hooks, and no others', async () => {
  const product = await matmulAlone(device, { M: 1, N: 1, K: 1, store: [hooks.bias] })
  product.bind({ a: buffer, b: buffer, bias: buffer, out: buffer })
  // @ts-expect-error misspelt binding
  product.bind({ a: buffer, b: buffer, bais: buffer, out: buffer })
  // @ts-expect-error the bias is missing
  product.bind({ a: buffer, b: buffer, out: buffer })
  // @ts-expect-error a load hook is no store hook
  await matmulAlone(device, { M: 1, N: 1, K: 1, store: [hooks.gather] })
  // @ts-expect-error misspelt option
  await matmulAlone(device, { M: 1, N: 1, K: 1, transposedA: true })
})

test('a hook in WGSL text has its bindings by name too', async () => {
  const hook = storeHook(`
    @group(0) @binding(0) var<storage, read> factors: array<f32>; // [N] f32
    @group(0) @binding(1) var<storage, read> shifts: array<f32>; // [N] f32
    fn store_affine(value: f32, row: u32, column: u32, index: u32) -> f32 {
      return factors[column] * value + shifts[column];
    }`)
  expectTypeOf<(typeof hook.bindings)[number]['name']>().toEqualTypeOf<'factors' | 'shifts'>()
  const product = await matmulAlone(device, { M: 1, N: 1, K: 1, store: [hook] })
  product.bind({ a: buffer, b: buffer, factors: buffer, shifts: buffer, out: buffer })
  // @ts-expect-error the shifts are missing
  product.bind({ a: buffer, b: buffer, factors: buffer, out: buffer })
})
