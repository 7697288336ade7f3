/** The uniform row that differs from step to step, as the host writes it; shaders/step.wgsl is how they read it. */
import { createBuffer } from './buffer.ts'
import { bufferUsage } from './device.ts'

export interface Step {
  /** First example of the batch, as a place in the permutation. */
  readonly begin: number
  /** Rows of the batch that count. */
  readonly count: number
  /** Row of the metrics that this step writes. */
  readonly metricsRow: number
  /** Step size of the update, bias correction folded in. Default 0. */
  readonly learningRate?: number
  /** ε of the update, bias correction folded in. Default 0. */
  readonly epsilon?: number
}

/** Bytes that a shader reads of a row. */
export const stepBytes = 20

/** Bytes from row to row: a row is bound at a multiple of the default alignment of dynamic offsets. */
export const stepRowBytes = 256

/** Writes a row of a table. */
export function writeStep(table: DataView, row: number, step: Step): void {
  const at = row * stepRowBytes
  table.setUint32(at, step.begin, true)
  table.setUint32(at + 4, step.count, true)
  table.setUint32(at + 8, step.metricsRow, true)
  table.setFloat32(at + 12, step.learningRate ?? 0, true)
  table.setFloat32(at + 16, step.epsilon ?? 0, true)
}

/** A table of so many rows on the device. */
export function createStepTable(device: GPUDevice, rows: number): GPUBuffer {
  return createBuffer(device, {
    label: 'step table',
    size: rows * stepRowBytes,
    usage: bufferUsage.uniform | bufferUsage.copyDst,
  })
}
