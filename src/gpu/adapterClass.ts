/** What kind of machine runs the shaders: which variants of a kernel are fast goes by it. */
import type { AdapterDescription } from './device.ts'

/**
 * `swiftshader`: the processor, by simple compilation for four lanes; `software`: the processor otherwise; `integrated`:
 * a GPU that shares the processor's memory, which is what is unknown too.
 */
export type AdapterClass = 'swiftshader' | 'software' | 'integrated' | 'discrete' | 'apple'

export function isProcessor(adapter: AdapterClass | undefined): boolean {
  return adapter === 'software' || adapter === 'swiftshader'
}

/** How many invocations a subgroup of the device has; undefined where that varies or is not told. */
export function subgroupSize(info: GPUAdapterInfo | undefined): number | undefined {
  return info?.subgroupMinSize === info?.subgroupMaxSize ? info?.subgroupMinSize : undefined
}

/**
 * The class of an adapter, from what WebGPU tells of it: vendor and architecture, in Dawn's and in browsers' words.
 *
 * @example
 * makePlan({ outputs, adapter: adapterClass(gpu.adapter), features: gpu.device.features })
 */
export function adapterClass({ software, name, vendor, architecture }: AdapterDescription): AdapterClass {
  if (software) return /swiftshader/i.test(`${name} ${architecture}`) ? 'swiftshader' : 'software'
  if (/apple/i.test(vendor)) return 'apple'
  if (/nvidia|amd/i.test(vendor) || /xe-.*hpg|gen-12-hp/i.test(architecture)) return 'discrete'
  return 'integrated'
}
