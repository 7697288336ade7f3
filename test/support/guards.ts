/**
 * Buffers of the oracle tests that notice what a wrong kernel does beside its result: a band of known bits on both
 * sides of the bound range shows a write out of bounds, the prefill of an output shows an element never written.
 */
import { bufferUsage } from '../../src/gpu/device.ts'
import type { Gpu } from '../../src/gpu/device.ts'
import { unwrittenBits } from '../../src/testing/compare.ts'

/** Width of each band in bytes: WebGPU's default alignment of a bound storage range (§ 3.6.2). */
const guardBytes = 256

/** Both patterns are NaN as f32, so that what reads them by mistake spoils its result visibly. */
const guardBits = 0x7fc0beef

/** A guarded range, in the form that a bind group entry takes as its resource. */
export interface Guarded {
  readonly buffer: GPUBuffer
  /** Where the range begins in the buffer, in bytes. */
  readonly offset: number
  /** Bytes of the range, without its guards. */
  readonly size: number
}

/**
 * Makes a storage buffer (plus `usage`) whose range holds `contents`, or, for a number, that many elements of four
 * bytes that are marked as unwritten. The range of a Uint8Array is rounded up to whole words.
 *
 * @example
 * const out = withGuards(gpu, 'out', M * N)
 * // … bind { binding: 2, resource: out }, dispatch …
 * const actual = new Float32Array(await checkGuards(gpu, out))
 */
export function withGuards(gpu: Gpu, label: string, contents: number | ArrayBufferView, usage = 0): Guarded {
  const length = typeof contents === 'number' ? contents : Math.ceil(contents.byteLength / 4)
  const size = length * 4
  const buffer = gpu.device.createBuffer({
    label,
    size: guardBytes + size + guardBytes,
    usage: bufferUsage.storage | bufferUsage.copySrc | bufferUsage.copyDst | usage,
    mappedAtCreation: true,
  })
  const mapped = buffer.getMappedRange()
  new Uint32Array(mapped).fill(guardBits)
  if (typeof contents === 'number') new Uint32Array(mapped, guardBytes, length).fill(unwrittenBits)
  else new Uint8Array(mapped, guardBytes).set(bytesOf(contents))
  buffer.unmap()
  return { buffer, offset: guardBytes, size }
}

/**
 * Reads a guarded range back and resolves with its bytes.
 *
 * @throws Error if a guard was written to: it names the buffer and the first byte that differs.
 */
export async function checkGuards(gpu: Gpu, { buffer, offset, size }: Guarded): Promise<ArrayBuffer> {
  const bytes = new Uint8Array(await readBuffer(gpu, buffer, 0, buffer.size))
  const guard = new Uint8Array(Uint32Array.of(guardBits).buffer)
  const guards = Array.from({ length: buffer.size - size }, (_, i) => (i < offset ? i : i + size))
  const overwritten = guards.filter((i) => bytes[i] !== guard[i % 4])
  const [first] = overwritten
  if (first === undefined) return bytes.buffer.slice(offset, offset + size)
  throw new Error(
    `${buffer.label}: written out of bounds, first at byte ${first} of the buffer: ` +
      `element ${Math.floor((first - offset) / 4)} of ${size / 4}; ${overwritten.length} guard bytes differ`,
  )
}

/** Copies [offset, offset + bytes) of a buffer (copySrc; both multiples of 4) to the host, after all queued work. */
export async function readBuffer(
  gpu: Pick<Gpu, 'device' | 'wait'>,
  buffer: GPUBuffer,
  offset: number,
  bytes: number,
): Promise<ArrayBuffer> {
  const staging = gpu.device.createBuffer({
    label: `${buffer.label} read back`,
    size: bytes,
    usage: bufferUsage.mapRead | bufferUsage.copyDst,
  })
  const encoder = gpu.device.createCommandEncoder()
  encoder.copyBufferToBuffer(buffer, offset, staging, 0, bytes)
  gpu.device.queue.submit([encoder.finish()])
  await gpu.wait(staging.mapAsync(1)) // GPUMapMode.READ; not every runtime has the globals
  const copy = staging.getMappedRange().slice(0)
  staging.destroy()
  return copy
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
