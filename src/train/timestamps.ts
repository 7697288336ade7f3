/** The device's own clock, where it has the feature timestamp-query: begin and end of passes, in nanoseconds. */
import { createBuffer, destroyBuffer } from '../gpu/buffer.ts'
import { type Gpu, bufferUsage } from '../gpu/device.ts'
import { readOnce } from './readback.ts'

/** The usage of a buffer that queries are resolved into, as WebGPU fixes it (§ 5.1.1). */
const queryResolve = 0x0200

export class Timestamps implements Disposable {
  readonly querySet: GPUQuerySet
  readonly #gpu: Gpu
  readonly #buffer: GPUBuffer

  /** @param passes how many passes can be timed before they are read */
  constructor(gpu: Gpu, passes: number) {
    const { device } = gpu
    this.#gpu = gpu
    this.querySet = device.createQuerySet({ label: 'timestamps', type: 'timestamp', count: 2 * passes })
    const usage = queryResolve | bufferUsage.copySrc
    this.#buffer = createBuffer(device, { label: 'timestamps', size: 16 * passes, usage })
  }

  /** Begin and end of pass i are queries 2 i and 2 i + 1. */
  writes(pass: number): GPUComputePassTimestampWrites {
    return {
      querySet: this.querySet,
      beginningOfPassWriteIndex: 2 * pass,
      endOfPassWriteIndex: 2 * pass + 1,
    }
  }

  /** Seconds that each of the first passes took. */
  async read(passes: number): Promise<number[]> {
    const { device } = this.#gpu
    const encoder = device.createCommandEncoder()
    encoder.resolveQuerySet(this.querySet, 0, 2 * passes, this.#buffer, 0)
    device.queue.submit([encoder.finish()])
    const ticks = new BigUint64Array(await readOnce(this.#gpu, { buffer: this.#buffer, size: 16 * passes }))
    return Array.from(
      { length: passes },
      (_, i) => Number((ticks[2 * i + 1] ?? 0n) - (ticks[2 * i] ?? 0n)) * 1e-9,
    )
  }

  [Symbol.dispose](): void {
    this.querySet.destroy()
    destroyBuffer(this.#buffer)
  }
}

/** Undefined where the device cannot tell its time. */
export function createTimestamps(gpu: Gpu, passes: number): Timestamps | undefined {
  return gpu.device.features.has('timestamp-query') ? new Timestamps(gpu, passes) : undefined
}
