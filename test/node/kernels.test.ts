/**
 * The oracle test: every case of the table runs on this machine's adapter and agrees with its float64 twin, writes all
 * of its result and nothing beside it.
 */
import { describe, expect, test } from 'vitest'
import { bindKernel, bindSteps, createKernel, createStepTable, stepRowBytes } from '../../src/gpu/kernel.ts'
import { type Case, cases } from '../cases.ts'
import { expectClose } from '../support/compare.ts'
import { checkGuards, withGuards } from '../support/guards.ts'
import { openTestDevice } from './support/gpu.ts'

const gpu = await openTestDevice()

for (const kernel of new Set(cases.map(({ linking }) => linking.kernel))) {
  describe(kernel.name, () => {
    for (const one of cases.filter(({ linking }) => linking.kernel === kernel)) {
      test(`${one.name}: agrees with the f64 twin`, async () => {
        const actual = await run(one)
        const expected = one.expected()
        expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort())
        for (const [name, values] of Object.entries(expected)) {
          const bytes = actual[name]!
          if (values instanceof Uint32Array) expect(new Uint32Array(bytes), name).toEqual(values)
          else
            expectClose(new Float32Array(bytes), values, {
              tolerance: one.tolerance,
              label: name,
              columns: one.constants.N!,
            })
        }
      })
    }
  })
}

/** Resolves with what each written binding holds after the run. */
async function run({
  linking,
  constants,
  workgroups,
  step,
  buffers,
}: Case): Promise<Record<string, ArrayBuffer>> {
  const { device } = gpu
  const kernel = await gpu.wait(createKernel(device, linking, constants))
  const guarded = new Map(
    Object.entries(buffers).map(([name, contents]) => [name, withGuards(gpu, name, contents)]),
  )
  const bindings = bindKernel(device, kernel, Object.fromEntries(guarded))
  const table = createStepTable(device, 2)
  // The second row, so that a kernel which ignores the offset reads zeros.
  device.queue.writeBuffer(table, stepRowBytes, Uint32Array.of(step.begin, step.count, step.slot))
  device.queue.writeBuffer(table, stepRowBytes + 12, Float32Array.of(step.learningRate, step.epsilon))

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
  for (const { buffer } of [...guarded.values(), { buffer: table }]) buffer.destroy()
  return results
}
