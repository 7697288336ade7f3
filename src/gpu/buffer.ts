/** Where every buffer of the library is made and freed, so that it is known what the library holds on each device. */

/** What the library holds on a device. */
export interface DeviceMemory {
  readonly bytes: number
  readonly buffers: number
}

export function createBuffer(device: GPUDevice, descriptor: GPUBufferDescriptor): GPUBuffer {
  const buffer = device.createBuffer(descriptor)
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

interface Ledger {
  bytes: number
  buffers: number
}

const ledgers = new WeakMap<GPUDevice, Ledger>()
const ledgerOf = new WeakMap<GPUBuffer, Ledger>()
