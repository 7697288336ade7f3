/**
 * A linked shader as a pipeline on a device, and its bind groups. Slow and fallible here, so that encoding is neither.
 */
import { ShaderError } from '../errors.ts'
import { labelOf } from './label.ts'
import { type Constants, type LinkedShader, type Linking, type ShaderBinding, link } from './link.ts'
import { stepBytes } from './step.ts'

export interface Kernel {
  /** That of its linking. */
  readonly name: string
  readonly pipeline: GPUComputePipeline
  readonly bindings: readonly ShaderBinding[]
  /** Whether @group(1) must hold the step row, with a dynamic offset. */
  readonly step: boolean
}

/** A part of a buffer; offset and size in bytes. */
export interface BufferRange {
  readonly buffer: GPUBuffer
  readonly offset?: number
  readonly size?: number
}

/**
 * Links and compiles a kernel. The same linking with the same constants on the same device is compiled once.
 * Throws ShaderError where a constant is unknown or missing, or the shader does not compile.
 */
export async function createKernel(
  device: GPUDevice,
  linking: Linking,
  constants: Constants,
): Promise<Kernel> {
  const shader = link(linking, constants)
  checkConstants(shader, constants)
  const key = JSON.stringify([shader.code, Object.entries(constants).sort()])
  const { kernels } = cacheOf(device)
  const known = kernels.get(key)
  if (known !== undefined) return await known
  const kernel = compile(device, shader, constants)
  kernels.set(key, kernel)
  kernel.catch(() => kernels.delete(key))
  return await kernel
}

/** Makes the bind group of @group(0). Throws ShaderError where a binding is missing or unknown. */
export function bindKernel(
  device: GPUDevice,
  kernel: Kernel,
  buffers: Readonly<Record<string, BufferRange>>,
): GPUBindGroup {
  const names = kernel.bindings.map(({ name }) => name)
  const unknown = Object.keys(buffers).find((name) => !names.includes(name))
  if (unknown !== undefined) {
    throw new ShaderError(`${kernel.name}: there is no binding "${unknown}"; it has ${names.join(', ')}`)
  }
  return device.createBindGroup({
    label: labelOf(kernel.name),
    layout: kernel.pipeline.getBindGroupLayout(0),
    entries: names.map((name, binding) => {
      const range = buffers[name]
      if (range === undefined) throw new ShaderError(`${kernel.name}: the binding "${name}" has no buffer`)
      return { binding, resource: { ...range } }
    }),
  })
}

/** Makes the bind group of @group(1) over a table of step rows. */
export function bindSteps(device: GPUDevice, table: GPUBuffer): GPUBindGroup {
  return device.createBindGroup({
    label: labelOf('step'),
    layout: cacheOf(device).stepLayout,
    entries: [{ binding: 0, resource: { buffer: table, size: stepBytes } }],
  })
}

interface DeviceCache {
  readonly kernels: Map<string, Promise<Kernel>>
  readonly stepLayout: GPUBindGroupLayout
}

/** What is made once for a device; gone with it. */
const caches = new WeakMap<GPUDevice, DeviceCache>()

function cacheOf(device: GPUDevice): DeviceCache {
  let cache = caches.get(device)
  if (cache === undefined) {
    const buffer: GPUBufferBindingLayout = {
      type: 'uniform',
      hasDynamicOffset: true,
      minBindingSize: stepBytes,
    }
    const entries = [{ binding: 0, visibility: shaderStageCompute, buffer }]
    const stepLayout = device.createBindGroupLayout({ label: labelOf('step'), entries })
    cache = { kernels: new Map(), stepLayout }
    caches.set(device, cache)
  }
  return cache
}

const shaderStageCompute = 0x4

function checkConstants(shader: LinkedShader, constants: Constants): void {
  const known = new Set(Object.keys(shader.overrides))
  const unknown = Object.keys(constants).find((name) => !known.has(name))
  if (unknown !== undefined) {
    throw new ShaderError(
      `${shader.name}: there is no override "${unknown}"; it has ${[...known].join(', ')}`,
    )
  }
  const missing = Object.keys(shader.overrides).find(
    (name) => shader.overrides[name] === true && constants[name] === undefined,
  )
  if (missing !== undefined) throw new ShaderError(`${shader.name}: the override "${missing}" needs a value`)
}

async function compile(device: GPUDevice, shader: LinkedShader, constants: Constants): Promise<Kernel> {
  const entries = shader.bindings.map(({ access }, binding) => ({
    binding,
    visibility: shaderStageCompute,
    buffer: { type: access === 'read' ? 'read-only-storage' : 'storage' } satisfies GPUBufferBindingLayout,
  }))
  const limit = device.limits.maxStorageBuffersPerShaderStage
  if (entries.length > limit) {
    const names = shader.bindings.map(({ name }) => name).join(', ')
    throw new ShaderError(
      `${shader.name}: ${entries.length} storage buffers (${names}), the device admits ${limit}`,
    )
  }
  const label = labelOf(shader.name)
  const layouts = [device.createBindGroupLayout({ label, entries })]
  if (shader.step) layouts.push(cacheOf(device).stepLayout)
  device.pushErrorScope('validation')
  const module = device.createShaderModule({ label, code: shader.code })
  const scope = device.popErrorScope()
  const pipeline = device.createComputePipelineAsync({
    label,
    layout: device.createPipelineLayout({ label, bindGroupLayouts: layouts }),
    compute: { module, constants: { ...constants } },
  })
  const [error, made] = await Promise.all([
    scope,
    pipeline.catch((reason: unknown) => (reason instanceof Error ? reason : new Error(String(reason)))),
  ])
  if (error !== null || made instanceof Error) {
    const reason = error?.message ?? (made instanceof Error ? made.message : '')
    throw new ShaderError(`${shader.name} does not compile: ${reason}`, { cause: made })
  }
  return { name: shader.name, pipeline: made, bindings: shader.bindings, step: shader.step }
}
