/** Runs a plan on a test device: uploads what the graph's external values hold, and reads back what is left. */
import type { Gpu } from '../../../src/gpu/device.ts'
import { bufferUsage } from '../../../src/gpu/device.ts'
import type { Plan } from '../../../src/graph/plan.ts'
import { compile } from '../../../src/graph/program.ts'
import type { Step } from '../../../src/gpu/step.ts'
import type { Memory } from '../../support/evaluate.ts'
import { readBuffer } from '../../support/guards.ts'

export interface Ran {
  /** The named outputs of the plan, read as f32. */
  readonly outputs: Readonly<Record<string, Float32Array>>
  /** What each external buffer holds after the last step, read as f32. */
  readonly memory: Readonly<Record<string, Float32Array>>
}

/** Runs each list of steps in a submit of its own. */
export async function runPlan(
  gpu: Gpu,
  plan: Plan,
  memory: Memory,
  submits: readonly (readonly Step[])[],
): Promise<Ran> {
  const buffers = Object.fromEntries(
    Object.entries(memory).map(([name, contents]) => [name, upload(gpu, name, contents)]),
  )
  const maxSteps = Math.max(...submits.map((steps) => steps.length))
  using program = await compile(gpu, plan, { buffers, maxSteps })
  for (const steps of submits) program.run(steps)

  const outputs: Record<string, Float32Array> = {}
  for (const name of Object.keys(plan.outputs)) {
    const { buffer, offset = 0, size = 0 } = program.output(name)
    outputs[name] = new Float32Array(await readBuffer(gpu, buffer, offset, size))
  }
  const left: Record<string, Float32Array> = {}
  for (const [name, buffer] of Object.entries(buffers)) {
    left[name] = new Float32Array(await readBuffer(gpu, buffer, 0, buffer.size))
    buffer.destroy()
  }
  return { outputs, memory: left }
}

/** A buffer with these bytes, rounded up to whole words. */
export function upload({ device }: Gpu, label: string, contents: ArrayBufferView): GPUBuffer {
  const buffer = device.createBuffer({
    label,
    size: Math.ceil(contents.byteLength / 4) * 4,
    usage: bufferUsage.storage | bufferUsage.copySrc | bufferUsage.copyDst,
    mappedAtCreation: true,
  })
  const bytes = new Uint8Array(contents.buffer, contents.byteOffset, contents.byteLength)
  new Uint8Array(buffer.getMappedRange()).set(bytes)
  buffer.unmap()
  return buffer
}
