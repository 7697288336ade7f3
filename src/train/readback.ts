/** Reading device memory without stalling the queue: a copy into a staging buffer of its own, mapped when it is there. */
import { createBuffer, destroyBuffer } from '../gpu/buffer.ts'
import { type Gpu, bufferUsage, mapModeRead } from '../gpu/device.ts'
import type { BufferRange } from '../gpu/kernel.ts'

/** A range whose size is known; in bytes, multiples of 4. */
export type Readable = BufferRange & { readonly size: number }

/** Staging buffers of one size, reused: as many as there are reads under way at once. */
export class Readback {
  readonly #gpu: Gpu
  readonly #bytes: number
  readonly #idle: GPUBuffer[] = []
  readonly #all: GPUBuffer[] = []

  /** @param bytes the most that one read may take */
  constructor(gpu: Gpu, bytes: number) {
    this.#gpu = gpu
    this.#bytes = bytes
  }

  /**
   * Copies the range as it is after the work submitted so far. The copy is submitted now; await the promise through
   * `gpu.wait` when the bytes are needed.
   */
  async read({ buffer, offset = 0, size }: Readable): Promise<ArrayBuffer> {
    const { device } = this.#gpu
    const staging = this.#idle.pop() ?? this.#create()
    const encoder = device.createCommandEncoder()
    encoder.copyBufferToBuffer(buffer, offset, staging, 0, size)
    device.queue.submit([encoder.finish()])
    await staging.mapAsync(mapModeRead, 0, size)
    const bytes = staging.getMappedRange(0, size).slice(0)
    staging.unmap()
    this.#idle.push(staging)
    return bytes
  }

  dispose(): void {
    for (const buffer of this.#all) destroyBuffer(buffer)
  }

  #create(): GPUBuffer {
    const usage = bufferUsage.mapRead | bufferUsage.copyDst
    const staging = createBuffer(this.#gpu.device, { label: 'readback', size: this.#bytes, usage })
    this.#all.push(staging)
    return staging
  }
}

/** Reads a range once. */
export async function readOnce(gpu: Gpu, range: Readable): Promise<ArrayBuffer> {
  const readback = new Readback(gpu, range.size)
  try {
    return await gpu.wait(readback.read(range))
  } finally {
    readback.dispose()
  }
}
