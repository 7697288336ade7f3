/**
 * Time to accuracy: from the start of a process, or of a page's navigation, until the whole test set of MNIST has been
 * evaluated at 97 % and at 98 %; loading of code and data, compilation and the evaluations themselves included.
 *
 * Each goal, contestant and seed has a process, or a browser context, of its own; the contestants take turns, seed by
 * seed. A run ends at its goal, with its last epoch or after `--cap` seconds. wgrad runs every seed; a peer gets no
 * further seed of a goal once it has run for `--budget` seconds, and no harder goal once it was stopped at an easier one.
 * Node takes the adapter of `VK_DRIVER_FILES`, or what `openDevice` finds; Chromium its own SwiftShader.
 */
import { availableParallelism } from 'node:os'
import { Option } from 'commander'
import { integer, number } from '../../../dist/cli/options.js'
import { openDevice } from '../../../dist/node/index.js'
import { benchCommand, readOptions } from '../../command.mjs'
import { withChromium } from '../chromium.mjs'
import { installPeers, versions } from '../installed.mjs'
import { bundledPage, raceInChromium, raceInNode, timeToAccuracyPage } from './races.mjs'
import { formatReport } from './table.mjs'
import { recipes } from './recipe.mjs'

const environments = { node: inNode, chromium: inChromium }
const options = readOptions(
  benchCommand(
    'npm run bench:time-to-accuracy --',
    'How long wgrad, TensorFlow.js and jax-js take to 97 % and 98 %.',
  )
    .addOption(new Option('--only <environment>', 'one of the two').choices(Object.keys(environments)))
    .option('--filter <text>', "a part of a contestant's name", '')
    .addOption(new Option('--goal <percent>', 'one of the two').choices(['97', '98']))
    .option('--seeds <n>', 'runs of a contestant', integer('--seeds', 1, 1000), 5)
    .option('--cap <seconds>', 'a run is stopped after so long', number('--cap', { above: 0 }), 60)
    .option(
      '--budget <seconds>',
      'a peer gets no further seed after so long',
      number('--budget', { above: 0 }),
      45,
    )
    .option('--json', 'all figures as JSON on stdout'),
)
const limits = { seeds: options.seeds, capSeconds: options.cap, budgetSeconds: options.budget }
const contestants = [
  'wgrad WebGPU',
  'TensorFlow.js WebGPU',
  'jax-js WebGPU',
  'TensorFlow.js wasm',
  'jax-js wasm',
]
const chosen = contestants.filter((name) => name.toLowerCase().includes(options.filter.toLowerCase()))
const goals = [...recipes.keys()].filter(
  (goal) => options.goal === undefined || 100 * goal === Number(options.goal),
)

installPeers()
const reports = []
for (const [name, run] of Object.entries(environments)) {
  if (options.only !== undefined && options.only !== name) continue
  const report = { ...(await run()), versions: versions(), cores: availableParallelism(), limits }
  reports.push(report)
  if (!options.json) console.log(`${formatReport(report)}\n`)
}
if (options.json) console.log(JSON.stringify(reports, null, 2))

async function inNode() {
  const gpu = await openDevice({ onNotice: () => undefined })
  const adapter = gpu.adapter.name
  gpu.dispose()
  const runs = await takeTurns(goals, (runner) =>
    raceInNode(runner, { adapter, capSeconds: limits.capSeconds }),
  )
  return { environment: `Node ${process.version}`, start: 'process start', adapter, runs }
}

/** In a page only the first goal. */
async function inChromium() {
  const module = await bundledPage()
  const html = (query) => timeToAccuracyPage(query, module)
  return withChromium(html, async (browser, url) => {
    const runs = await takeTurns(goals.slice(0, 1), (runner) =>
      raceInChromium(runner, { browser, url, capSeconds: limits.capSeconds }),
    )
    const environment = `Chromium ${browser.version()}`
    return { environment, start: 'navigation start', adapter: 'SwiftShader', runs }
  })
}

/** Seed by seed, so that whatever else the machine does falls on all. */
async function takeTurns(goals, race) {
  const runs = []
  for (const goal of goals) {
    for (let seed = 1; seed <= limits.seeds; seed++) {
      for (const contestant of chosen.filter((name) => isIn(name, goal, runs))) {
        const run = { contestant, goal, seed, ...(await race({ contestant, goal, seed })) }
        runs.push(run)
        console.error(`${contestant}, ${100 * goal} %, seed ${seed}: ${describe(run)}`)
      }
    }
  }
  return runs
}

/** Whether a contestant gets another run at a goal: who was stopped before an easier one does not. */
function isIn(contestant, goal, runs) {
  if (contestant === contestants[0]) return true
  const before = runs.filter((run) => run.contestant === contestant)
  if (before.some((run) => run.capped && run.goal < goal)) return false
  const spent = before.reduce((sum, run) => sum + (run.goal === goal ? run.seconds : 0), 0)
  return spent < limits.budgetSeconds
}

function describe({ evaluations, capped }) {
  const points = evaluations.map(
    ({ accuracy, seconds }) => `${(100 * accuracy).toFixed(2)} % at ${seconds.toFixed(1)} s`,
  )
  return [...points, ...(capped ? ['stopped'] : [])].join(', ')
}
