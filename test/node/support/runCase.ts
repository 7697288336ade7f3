/** Runs a case of the case table on a device, every buffer between guards. */
import { destroyBuffer } from '../../../src/gpu/buffer.ts'
import type { Gpu } from '../../../src/gpu/device.ts'
import { bindKernel, bindSteps, createKernel } from '../../../src/gpu/kernel.ts'
import { createStepTable, stepRowBytes, writeStep } from '../../../src/gpu/step.ts'
import type { Case } from '../../cases.ts'
import { checkGuards, withGuards } from '../../support/guards.ts'

/** Resolves with what each written binding holds after the run. Throws where something beside them was written. */
export async function runCase(
  gpu: Gpu,
  { linking, constants, workgroups, step, buffers }: Case,
): Promise<Record<string, ArrayBuffer>> {
  const { device } = gpu
  const kernel = await gpu.wait(createKernel(device, linking, constants))
  const guarded = new Map(
    Object.entries(buffers).map(([name, contents]) => [name, withGuards(gpu, name, contents)]),
  )
  const bindings = bindKernel(device, kernel, Object.fromEntries(guarded))
  const table = createStepTable(device, 2)
  // The second row, so that a kernel which ignores the offset reads zeros.
  const rows = new DataView(new ArrayBuffer(2 * stepRowBytes))
  writeStep(rows, 1, step)
  device.queue.writeBuffer(table, 0, rows.buffer)

  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  pass.setPipeline(kernel.pipeline)
  pass.setBindGroup(0, bindings)
  if (kernel.step) pass.setBindGroup(1, bindSteps(device, table), [stepRowBytes])
  pass.dispatchWorkgroups(...workgroups)
  pass.end()
  device.queue.submit([encoder.finish()])

  const results: Record<string, ArrayBuffer> = {}
  for (const { name, access } of kernel.bindings) {
    if (access === 'read_write') results[name] = await checkGuards(gpu, guarded.get(name)!)
  }
  for (const { buffer } of guarded.values()) buffer.destroy()
  destroyBuffer(table)
  return results
}
