/** A dataset on the device: features, targets and the order in which steps visit them. It goes there once. */
import { LimitError } from '../errors.ts'
import type { Dataset } from '../data/dataset.ts'
import { adapterClass, isProcessor } from '../gpu/adapterClass.ts'
import { createBuffer, destroyBuffer } from '../gpu/buffer.ts'
import { type Gpu, bufferUsage } from '../gpu/device.ts'
import { type Value, external } from '../graph/value.ts'
import { gather, gatherOneHot } from '../ops/gather.ts'
import { type Order, batchOrder } from './batchOrder.ts'

export interface Batch {
  /** [batchSize, features] f32. */
  readonly x: Value
  /** [batchSize, outputs] f32. */
  readonly targets: Value
}

export class Resident {
  /** By the names that the values of `batchOf` use. */
  readonly buffers: Readonly<Record<'features' | 'targets' | 'permutation', GPUBuffer>>
  /** Sets the order of the steps submitted from now on; at first it is that of the dataset. */
  readonly setPermutation: (permutation: Order) => void

  /** @param batchSize so many examples that lie together may change places. Default 1: none does */
  constructor({ device, adapter }: Gpu, dataset: Dataset, batchSize = 1) {
    const { count, features, targets } = dataset
    // Both before either takes memory.
    checkSize(device, 'features', features)
    checkSize(device, 'targets', targets)
    // Only the kernels of processors pass over zeros.
    const passesOver = isProcessor(adapterClass(adapter))
    const ordered = passesOver ? batchOrder(dataset, batchSize) : (order: Order) => order
    this.buffers = {
      features: upload(device, 'features', features),
      targets: upload(device, 'targets', targets),
      permutation: upload(device, 'permutation', ordered(Uint32Array.from({ length: count }, (_, i) => i))),
    }
    this.setPermutation = (permutation) => {
      device.queue.writeBuffer(this.buffers.permutation, 0, ordered(permutation))
    }
  }

  dispose(): void {
    for (const buffer of Object.values(this.buffers)) destroyBuffer(buffer)
  }
}

/** The batch of a step over a dataset that is resident, or will be, as values of a graph. */
export function batchOf(dataset: Dataset, batchSize: number): Batch {
  const { count, featureShape, features, targets, outputs } = dataset
  const permutation = external({ buffer: 'permutation', shape: [count], dtype: 'u32' })
  const width = features.length / count
  const dtype = features instanceof Uint8Array ? 'u8' : 'f32'
  const rows = external({ buffer: 'features', shape: [count, width], dtype })
  // Images of whole words and of a multiple of four lines.
  const line = (featureShape.at(-1) ?? 1) / 4
  const isImage = Number.isInteger(line) && width % (16 * line) === 0
  const x = gather({ rows, permutation, batchSize, line: isImage ? line : 1 })
  if (targets instanceof Float32Array) {
    const dense = external({ buffer: 'targets', shape: [count, outputs], dtype: 'f32' })
    return { x, targets: gather({ rows: dense, permutation, batchSize }) }
  }
  const labels = external({ buffer: 'targets', shape: [count], dtype: 'u32' })
  return { x, targets: gatherOneHot({ rows: labels, permutation, batchSize, classes: outputs }) }
}

type Data = Uint8Array | Uint32Array | Float32Array

/** Whole words. */
const sizeOf = ({ byteLength }: Data): number => Math.ceil(byteLength / 4) * 4

function checkSize({ limits }: GPUDevice, label: string, data: Data): void {
  const limit = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize)
  if (sizeOf(data) <= limit) return
  throw new LimitError(
    `the ${label} of the dataset have ${sizeOf(data)} bytes, the device binds at most ${limit}; train on a part`,
  )
}

function upload(device: GPUDevice, label: string, data: Data): GPUBuffer {
  const buffer = createBuffer(device, {
    label,
    size: sizeOf(data),
    usage: bufferUsage.storage | bufferUsage.copyDst,
    mappedAtCreation: true,
  })
  new Uint8Array(buffer.getMappedRange()).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  buffer.unmap()
  return buffer
}
