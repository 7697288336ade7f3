/**
 * The contest: every contestant does the same work, in turns, ABCABC…, so that whatever else the machine does falls
 * on all of them. It runs in a page and in Node; page.mjs and node.mjs say what differs there.
 */
import { matmulTask } from './tasks/matmul.mjs'
import { trainingTask } from './tasks/training.mjs'

/**
 * What a contestant must be able to do. Entering a task compiles and uploads all that it needs.
 *
 * @typedef {object} Contestant
 * @property {string} name
 * @property {'WebGPU' | 'wasm'} backend
 * @property {(task: import('./tasks/training.mjs').Training) => Promise<Entry>} train
 * @property {(task: import('./tasks/matmul.mjs').Product) => Promise<Entry>} multiply
 *
 * @typedef {object} Entry
 * @property {Float32Array} result the first losses, or the product: what shows that all do the same work
 * @property {(seconds: number) => Promise<number>} turn works for about so long, gives repetitions per second
 * @property {() => void} [dispose]
 */

const turnSeconds = 1.5

/** The cases by name. */
const cases = {
  '784-128-10': (environment) => trainingTask(environment, [784, 128, 10]),
  '784-512-256-10': (environment) => trainingTask(environment, [784, 512, 256, 10]),
  'matmul 512³': () => matmulTask(512),
  'matmul 1024³': () => matmulTask(1024),
}

/**
 * Runs all cases whose contestants pass the filter; wgrad is always in.
 * @param {object} environment what page.mjs and node.mjs give
 * @param {{ rounds: number, filter: string }} options
 */
export async function contest({ contestants, progress, ...environment }, { rounds, filter }) {
  const results = []
  for (const [name, prepare] of Object.entries(cases)) {
    const isIn = (contestant) => `${name} ${labelOf(contestant)}`.toLowerCase().includes(filter.toLowerCase())
    const [ours, ...peers] = contestants
    const chosen = peers.filter(isIn)
    if (chosen.length === 0) continue
    const task = await prepare(environment)
    const entries = []
    for (const contestant of [ours, ...chosen]) {
      const label = labelOf(contestant)
      progress(`${name}: ${label} warms up`)
      const entry = await task.enter(contestant)
      const deviation = task.deviation(entry.result, (entries[0] ?? entry).result)
      if (!(deviation < task.tolerance)) {
        throw new Error(
          `${name}: the result of ${label} is ${deviation} off wgrad's, more than ${task.tolerance}`,
        )
      }
      entries.push({ label, deviation, rates: [], ...entry })
    }
    for (let round = 1; round <= rounds; round++) {
      for (const entry of entries) {
        const rate = (await entry.turn(turnSeconds)) * task.unitsPerRepetition
        entry.rates.push(rate)
        progress(`${name}: round ${round} of ${rounds}, ${entry.label}: ${rate.toPrecision(4)} ${task.unit}`)
      }
    }
    for (const { label, rates, deviation, dispose } of entries) {
      results.push({ case: name, unit: task.unit, contestant: label, rates, deviation })
      dispose?.()
    }
  }
  return results
}

const labelOf = ({ name, backend }) => `${name} ${backend}`
