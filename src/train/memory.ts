/** What a piece of work holds on the device: freed together, also where the work fails half-way. */
import { createBuffer, destroyBuffer } from '../gpu/buffer.ts'
import type { Gpu } from '../gpu/device.ts'

export class Memory {
  readonly #device: GPUDevice
  readonly #owned: { dispose(): void }[] = []

  constructor({ device }: Gpu) {
    this.#device = device
  }

  /** A buffer of so many bytes. */
  buffer(label: string, size: number, usage: GPUBufferUsageFlags): GPUBuffer {
    const buffer = createBuffer(this.#device, { label, size, usage })
    this.own({
      dispose: () => {
        destroyBuffer(buffer)
      },
    })
    return buffer
  }

  /** Takes over what something else has made. */
  own<T extends { dispose(): void }>(part: T): T {
    this.#owned.push(part)
    return part
  }

  dispose(): void {
    for (const part of this.#owned.splice(0)) part.dispose()
  }
}

/** Does the work; where it throws, frees what it had taken until then. */
export async function holding<T>(gpu: Gpu, work: (memory: Memory) => Promise<T>): Promise<T> {
  const memory = new Memory(gpu)
  try {
    return await work(memory)
  } catch (error) {
    memory.dispose()
    throw error
  }
}
