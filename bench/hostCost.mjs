/**
 * What a training step costs the host alone: writing its row, encoding it, submitting it. On Dawn's null backend, which
 * computes nothing and needs no driver. Prints a median for each step of the benchmark, fused and an op at a time.
 *
 *   npm run bench:host
 */
/* global performance */
import { stepCases } from '../dist/bench/stepCases.js'
import { load, maxRepetitions, timedStep } from '../dist/bench/work.js'
import { median } from '../dist/bench/statistics.js'
import { openAdapter } from '../dist/gpu/device.js'
import { loadDawn } from '../dist/node/dawn.js'
import { optionsFor } from '../dist/train/graphs.js'

const [submits, steps] = [200, Array.from({ length: maxRepetitions / 4 }, () => timedStep)]

const dawn = await loadDawn()
const adapter = await dawn.create(['backend=null']).requestAdapter()
const gpu = await openAdapter(adapter, { wait: (promise) => promise, submitSeconds: 0.05, name: 'null' })
for (const { name, make } of stepCases) {
  const work = make(await optionsFor(gpu))
  const { program, dispose } = await load(gpu, work)
  const seconds = []
  for (let i = 0; i < submits; i++) {
    const begin = performance.now()
    program.run(steps)
    seconds.push((performance.now() - begin) / steps.length)
    await gpu.device.queue.onSubmittedWorkDone()
  }
  const microseconds = (1000 * median(seconds)).toFixed(1)
  console.log(`${name}: ${microseconds} µs a step, ${work.plan.dispatches.length} dispatches`)
  dispose()
}
gpu.dispose()
