/** Wrong kernels, written on purpose, and what the guards say of them. */
import { describe, expect, it } from 'vitest'
import { expectClose, unwrittenBits } from '../../src/testing/compare.ts'
import { normals } from '../support/data.ts'
import { checkGuards, readBuffer, withGuards } from '../support/guards.ts'
import type { Guarded } from '../support/guards.ts'
import { openTestDevice } from './support/gpu.ts'

const gpu = await openTestDevice()

/** Writes 1 to out[first] … out[last], one invocation after the other. */
function fill(out: GPUBindingResource, first: number, last: number): void {
  const code = `
    @group(0) @binding(0) var<storage, read_write> out: array<f32>;
    @compute @workgroup_size(1) fn main() { for (var i = ${first}u; i <= ${last}u; i++) { out[i] = 1; } }`
  const pipeline = gpu.device.createComputePipeline({
    layout: 'auto',
    compute: { module: gpu.device.createShaderModule({ code }) },
  })
  const entries = [{ binding: 0, resource: out }]
  const encoder = gpu.device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  pass.setPipeline(pipeline)
  pass.setBindGroup(0, gpu.device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }))
  pass.dispatchWorkgroups(1)
  pass.end()
  gpu.device.queue.submit([encoder.finish()])
}

/** WebGPU keeps a shader inside the range that is bound, so an overrun needs a host that binds too much. */
const boundTooFar = ({ buffer, offset }: Guarded): GPUBindingResource => ({ buffer, offset })
const boundTooEarly = ({ buffer }: Guarded): GPUBindingResource => ({ buffer })

describe('guards', () => {
  it.each([
    { name: 'f32', contents: normals(5, 1) },
    { name: 'a part of a longer f32 array', contents: normals(9, 1).subarray(3, 8) },
    { name: 'u32', contents: Uint32Array.of(1, 2, 0xffffffff) },
    { name: 'whole words of u8', contents: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
  ])('contents survive the way there and back: $name', async ({ contents }) => {
    const bytes = await checkGuards(gpu, withGuards(gpu, 'in', contents))
    expect(new Uint8Array(bytes)).toEqual(
      new Uint8Array(contents.buffer.slice(contents.byteOffset, contents.byteOffset + contents.byteLength)),
    )
  })

  it('let a kernel pass that writes its range from end to end', async () => {
    const out = withGuards(gpu, 'out', 6)
    fill(out, 0, 5)
    const actual = new Float32Array(await checkGuards(gpu, out))
    expectClose(actual, new Float64Array(6).fill(1), { tolerance: 0, label: 'fill' })
  })

  it('show an element that no invocation has written', async () => {
    const out = withGuards(gpu, 'out', 6)
    fill(out, 0, 4)
    const actual = new Float32Array(await checkGuards(gpu, out))
    expect(new Uint32Array(actual.buffer)[5]).toBe(unwrittenBits)
    expect(() => {
      expectClose(actual, new Float64Array(6).fill(1), { tolerance: 1e-6, label: 'fill' })
    }).toThrow('unwritten')
  })

  it('catch a write past the end', async () => {
    const out = withGuards(gpu, 'out', 6)
    fill(boundTooFar(out), 0, 6)
    await expect(checkGuards(gpu, out)).rejects.toThrow(
      'out: written out of bounds, first at byte 280 of the buffer: element 6 of 6; 4 guard bytes differ',
    )
  })

  it('catch a write before the start', async () => {
    const out = withGuards(gpu, 'out', 6)
    fill(boundTooEarly(out), 62, 69)
    await expect(checkGuards(gpu, out)).rejects.toThrow(
      'byte 248 of the buffer: element -2 of 6; 8 guard bytes',
    )
  })
})

describe('readBuffer', () => {
  it('reads a part of a buffer after the work that is queued on it', async () => {
    const out = withGuards(gpu, 'out', 6)
    fill(out, 2, 3)
    const bytes = await readBuffer(gpu, out.buffer, out.offset + 8, 8)
    expect([...new Float32Array(bytes)]).toEqual([1, 1])
  })
})
