/**
 * The oracle test: every case of the table runs on this machine's adapter and agrees with its float64 twin, writes all
 * of its result and nothing beside it.
 */
import { describe, expect, test } from 'vitest'
import { cases } from '../cases.ts'
import { expectClose } from '../../src/testing/compare.ts'
import { openTestDevice } from './support/gpu.ts'
import { runCase } from './support/runCase.ts'

const gpu = await openTestDevice()

for (const kernel of new Set(cases.map(({ linking }) => linking.kernel))) {
  const lacks = kernel.subgroups && !gpu.device.features.has('subgroups')
  describe(lacks ? `${kernel.name} (skipped: this adapter has no subgroups)` : kernel.name, () => {
    for (const one of cases.filter(({ linking }) => linking.kernel === kernel)) {
      test.skipIf(lacks)(`${one.name}: agrees with the f64 twin`, async () => {
        const actual = await runCase(gpu, one)
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
