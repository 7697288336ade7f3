/** Where every buffer of the library is made and freed, so that it is known what the library holds on each device. */

import { OutOfMemoryError } from '../errors.ts'

/** What the library holds on a device. */
export interface DeviceMemory {
  readonly bytes: number
  readonly buffers: number
}

/** Throws OutOfMemoryError where the host has no room to map it. */
export function createBuffer(device: GPUDevice, descriptor: GPUBufferDescriptor): GPUBuffer {
  const buffer = tryCreate(device, descriptor)
  const ledger = ledgers.get(device) ?? { bytes: 0, buffers: 0 }
  ledger.bytes += buffer.size
  ledger.buffers++
  ledgers.set(device, ledger)
  ledgerOf.set(buffer, ledger)
  return buffer
}

/** Frees a buffer of `createBuffer`; a second time does nothing. */
export function destroyBuffer(buffer: GPUBuffer): void {
  buffer.destroy()
  const ledger = ledgerOf.get(buffer)
  if (ledger === undefined) return
  ledger.bytes -= buffer.size
  ledger.buffers--
  ledgerOf.delete(buffer)
}

/** What is held now: made by `createBuffer` and not freed. */
export function memoryOf(device: GPUDevice): DeviceMemory {
  const { bytes, buffers } = ledgers.get(device) ?? { bytes: 0, buffers: 0 }
  return { bytes, buffers }
}

/** A device that is gone holds nothing. */
export function forgetBuffers(device: GPUDevice): void {
  ledgers.delete(device)
}

/** What the device itself has no room for, it says in the background; of what is mapped, WebGPU says it at once (§ 5.1.3). */
function tryCreate(device: GPUDevice, descriptor: GPUBufferDescriptor): GPUBuffer {
  try {
    return device.createBuffer(descriptor)
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    const { label = 'a buffer', size } = descriptor
    throw new OutOfMemoryError(
      `there is no memory for ${size} bytes of ${label}; use a smaller batch or model`,
      { cause },
    )
  }
}

interface Ledger {
  bytes: number
  buffers: number
}

const ledgers = new WeakMap<GPUDevice, Ledger>()
const ledgerOf = new WeakMap<GPUBuffer, Ledger>()
