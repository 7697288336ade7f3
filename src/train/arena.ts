/** Numbers of every parameter of a model in one buffer of the device: the parameters, or what an optimiser keeps. */
import { LimitError } from '../errors.ts'
import { createBuffer } from '../gpu/buffer.ts'
import { type Gpu, bufferUsage } from '../gpu/device.ts'
import { elementsOf } from '../graph/value.ts'
import type { NamedTensor } from '../io/safetensors.ts'
import type { Sequential } from '../nn/model.ts'
import { readOnce } from './readback.ts'

/** By the names of the parameters. */
export type Values = ReadonlyMap<string, Float32Array>

/** A buffer with the values where `model.parameters` says, zeros where there is none; free it by `destroyBuffer`. */
export function createArena(gpu: Gpu, label: string, model: Sequential, values: Values): GPUBuffer {
  checkArena(gpu, model)
  const { device } = gpu
  const size = model.parameterBytes
  const usage = bufferUsage.storage | bufferUsage.copySrc | bufferUsage.copyDst
  const buffer = createBuffer(device, { label, size, usage, mappedAtCreation: true })
  const arena = buffer.getMappedRange()
  for (const parameter of model.parameters) {
    new Float32Array(arena, parameter.offset, elementsOf(parameter)).set(values.get(parameter.name) ?? [])
  }
  buffer.unmap()
  return buffer
}

/** Throws LimitError where the device has no buffer of that size. */
export function checkArena({ device }: Gpu, { parameterBytes: size }: Sequential): void {
  const limit = device.limits.maxBufferSize
  if (size <= limit) return
  throw new LimitError(
    `the parameters of the model have ${size} bytes, the device holds at most ${limit} in a buffer; use fewer units`,
  )
}

/** The numbers as they are after the work submitted so far. */
export async function readArena(gpu: Gpu, model: Sequential, buffer: GPUBuffer): Promise<NamedTensor[]> {
  const arena = await readOnce(gpu, { buffer, size: model.parameterBytes })
  return model.parameters.map(({ name, shape, offset }) => ({
    name,
    shape,
    data: new Float32Array(arena, offset, elementsOf({ shape })),
  }))
}
