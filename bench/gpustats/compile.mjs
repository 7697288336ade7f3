/**
 * The process of gpustats that runs on a target's driver: compiles every dispatch as the library does, so that the
 * driver prints what it made of it on stderr, between marks. Prints the adapter and the dispatches as JSON on stdout.
 */
import { writeSync } from 'node:fs'
import { create, globals } from 'webgpu'
import { openAdapter } from '../../dist/gpu/device.js'
import { createKernel } from '../../dist/gpu/kernel.js'
import { optionsFor } from '../../dist/train/graphs.js'
import { dispatchesFor } from './dispatches.mjs'

const [mark, filter] = process.argv.slice(2)

Object.assign(globalThis, globals)
const dawn = create([])
const adapter = await dawn.requestAdapter()
if (adapter === null) throw new Error('the driver gave no adapter')
const gpu = await openAdapter(adapter, { wait: (promise) => promise, submitSeconds: 0.05 })
const { features, maxBindings } = await optionsFor(gpu)

const compiled = []
for (const { name, classes, linking, constants } of dispatchesFor({ features, maxBindings })) {
  if (!new RegExp(filter).test(name)) continue
  writeSync(2, `\n${mark}\n`)
  await createKernel(gpu.device, linking, constants)
  compiled.push({ name, classes })
}
const { device, description } = adapter.info
writeSync(1, JSON.stringify({ adapter: { device, description }, compiled }))
// There is nothing behind the device that could be waited for.
process.exit(0)
