/**
 * Whether anything grows: trains, predicts, evaluates and opens devices thousands of times over, and holds what the
 * library has on the device (`memory()`) and what the process has (RSS) against stated bounds: the table of
 * guides/memory.md. Ends with 1 where a bound is exceeded.
 */
/* global gc, setImmediate */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { adam, dense, evaluate, fit, predict, relu, sequential, take } from 'wgrad'
import { loadMnist } from 'wgrad/mnist'
import { openDevice } from 'wgrad/node'
import { median } from '../dist/bench/statistics.js'
import { withAdapter } from '../dist/cli/options.js'
import { formatCount } from '../dist/cli/table.js'
import { versions } from '../dist/cli/versions.js'
import { benchCommand, readOptions } from './command.mjs'

const { adapter, quick } = readOptions(
  withAdapter(
    benchCommand('npm run soak --', 'Look for what grows over thousands of steps, predictions and devices.'),
  )
    .option('--quick', 'few cycles, in seconds instead of minutes: finds what leaks much')
    .addHelpText('after', '\nExit codes: 0 all is flat, 1 something grew, 2 a wrong option.'),
)

// RSS is what is held only where garbage is collected, V8 leaves its young generation as small as it is (it would take
// 2 MiB more in 10,000 steps), and glibc keeps one heap, not one for each of a driver's threads, and gives back what is
// freed: without a fixed threshold it takes ever larger blocks from the heap, and RSS can jump to and fro.
if (globalThis.gc === undefined) {
  const flags = ['--expose-gc', '--max-semi-space-size=1']
  const [script, args] = [fileURLToPath(import.meta.url), process.argv.slice(2)]
  const env = { ...process.env, MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '131072' }
  const { status } = spawnSync(process.execPath, [...flags, script, ...args], { stdio: 'inherit', env })
  process.exit(status ?? 1)
}

const MiB = 2 ** 20
/** Of the cycles of a phase; what is made once is made by then. */
const warmUp = 0.2
const samplesPerPhase = 30

const deviceOptions = {
  ...(adapter !== undefined && { adapter }),
  onNotice: () => undefined,
}
const gpu = await openDevice(deviceOptions)
const { hidden, batchSize, count } = quick
  ? { hidden: 16, batchSize: 16, count: 1000 }
  : { hidden: 128, batchSize: 128, count: 4000 }
const images = take((await loadMnist()).train, count)
const few = take(images, 2 * batchSize)
const model = sequential([784], [dense(hidden), relu(), dense(10)])
const options = { loss: 'softmaxCrossEntropy', optimizer: adam(), batchSize, epochs: 1 }
const train = (on, data = few) => fit(on, model, data, options)

/**
 * Each calls `look` with the cycles done and what is held then. `bound` is that of RSS, in MiB: what the heap takes at a
 * time is 0.13. Where nothing was freed before, nothing that grows hides in what is free: so devices come first.
 */
const phases = [
  {
    name: '`openDevice` and `dispose`',
    cycles: 200,
    bound: 1,
    async run(cycles, look) {
      for (let cycle = 1; cycle <= cycles; cycle++) {
        const other = await openDevice(deviceOptions)
        other.dispose()
        await look(cycle, other.memory())
      }
    },
  },
  {
    name: 'training steps of one `fit`',
    cycles: quick ? 4000 : 10_000,
    bound: 1,
    // Where two reads of the metrics are first under way at once, a second buffer is made for them.
    boundOfBytes: 64 * 1024,
    async run(cycles, look) {
      const steps = Math.ceil(count / batchSize)
      const onEpoch = ({ epoch }) => look(epoch * steps, gpu.memory())
      const run = await fit(gpu, model, images, { ...options, epochs: Math.ceil(cycles / steps), onEpoch })
      run.dispose()
    },
  },
  {
    name: '`fit` and `dispose`',
    cycles: quick ? 40 : 200,
    bound: 1,
    async run(cycles, look) {
      for (let cycle = 1; cycle <= cycles; cycle++) {
        const run = await train(gpu)
        run.dispose()
        await look(cycle, gpu.memory())
      }
    },
  },
  {
    name: '`predict`, one digit',
    cycles: quick ? 300 : 2000,
    bound: 1,
    async run(cycles, look) {
      const run = await train(gpu)
      for (let cycle = 1; cycle <= cycles; cycle++) {
        const at = 784 * (cycle % count)
        await predict(run, images.features.subarray(at, at + 784))
        await look(cycle, gpu.memory())
      }
      run.dispose()
    },
  },
  {
    name: '`evaluate`',
    cycles: quick ? 20 : 50,
    bound: 1,
    async run(cycles, look) {
      const run = await train(gpu)
      for (let cycle = 1; cycle <= cycles; cycle++) {
        await evaluate(run, images)
        await look(cycle, gpu.memory())
      }
      run.dispose()
    },
  },
  {
    name: '`openDevice`, `fit` and `dispose`',
    cycles: quick ? 20 : 60,
    bound: 4,
    async run(cycles, look) {
      for (let cycle = 1; cycle <= cycles; cycle++) {
        const other = await openDevice(deviceOptions)
        await train(other)
        other.dispose()
        await look(cycle, other.memory())
      }
    },
  },
]

const { node, webgpu } = versions()
console.log(`784-${hidden}-10, batch ${batchSize}; ${gpu.adapter.name}, webgpu ${webgpu}, Node ${node}\n`)
console.log('|  | cycles | bytes on the device | RSS, MiB | growth, MiB | bound, MiB | a cycle, KiB |')
console.log('| --- | ---: | ---: | ---: | ---: | ---: | ---: |')
for (const { name, cycles, bound, boundOfBytes = 0, run } of phases) {
  const samples = await watch(cycles, run)
  const third = Math.ceil(samples.length / 3)
  const [begin, end] = [middle(samples.slice(0, third)), middle(samples.slice(-third))]
  const growth = end.rss - begin.rss
  const growthOfBytes = end.bytes - begin.bytes
  const columns = [
    name,
    formatCount(cycles),
    `${formatCount(begin.bytes)} → ${formatCount(end.bytes)}`,
    `${begin.rss.toFixed(1)} → ${end.rss.toFixed(1)}`,
    growth.toFixed(2),
    bound,
    ((1024 * growth) / (end.cycle - begin.cycle)).toFixed(2),
  ]
  console.log(`| ${columns.join(' | ')} |`)
  if (growthOfBytes > boundOfBytes) complain(`${name}: ${growthOfBytes} bytes more on the device`)
  if (growth > bound) complain(`${name}: RSS grew by ${growth.toFixed(2)} MiB, the bound is ${bound}`)
}
gpu.dispose()

function complain(what) {
  console.error(`soak: ${what}`)
  process.exitCode = 1
}

/** What is held at moments spread evenly over the cycles after the warm-up. */
async function watch(cycles, run) {
  const samples = []
  let due = Math.ceil(cycles * warmUp)
  await run(cycles, async (cycle, { bytes }) => {
    if (cycle < due) return
    due += (cycles * (1 - warmUp)) / samplesPerPhase
    samples.push({ cycle, bytes, rss: await residentMiB() })
  })
  return samples
}

/** After the garbage is gone: what a finaliser lets go of goes with the next round. */
async function residentMiB() {
  for (let round = 0; round < 3; round++) {
    gc()
    await new Promise((turn) => setImmediate(turn))
  }
  return process.memoryUsage.rss() / MiB
}

function middle(samples) {
  const of = (name) => median(samples.map((sample) => sample[name]))
  return { cycle: of('cycle'), bytes: of('bytes'), rss: of('rss') }
}
