/** The report of times to accuracy as Markdown: a row for each contestant, a column for each goal. */
import { describeRecipe } from './recipe.mjs'

/**
 * @param {object} report
 * @param {({ contestant: string, goal: number, seed: number } & import('./races.mjs').Run)[]} report.runs
 */
export function formatReport({ environment, start, adapter, cores, versions, limits, runs }) {
  const contestants = [...new Set(runs.map(({ contestant }) => contestant))]
  const goals = [...new Set(runs.map(({ goal }) => goal))]
  const rows = contestants.map((contestant) => {
    const own = runs.filter((run) => run.contestant === contestant)
    const toGoals = goals.map((goal) =>
      formatGoal(
        own.filter((run) => run.goal === goal),
        limits,
      ),
    )
    return [contestant, formatTimes(own.map(({ firstStep }) => firstStep)) || stopped(limits), ...toGoals]
  })
  const versionList = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return [
    `**${environment}**, ${adapter}, ${cores} cores; ${versionList.join(', ')}`,
    '',
    row([`seconds from ${start} to`, 'first step', ...goals.map((goal) => `${100 * goal} %`)]),
    row(['---', '---:', ...goals.map(() => '---:')]),
    ...rows.map(row),
    '',
    'Means, lowest and highest in brackets. 784-128-10, Adam; the 10,000 test images are evaluated after each epoch. All ' +
      'contestants begin from the same weights and see the same batches. ' +
      `${goals.map(describeRecipe).join('. ')}.`,
  ].join('\n')
}

const row = (cells) => `| ${cells.join(' | ')} |`
const stopped = ({ capSeconds }) => `not within ${capSeconds} s`

/** Where some seeds did not get there, the mean is of the others, and that is said. */
function formatGoal(runs, limits) {
  if (runs.length === 0) return 'not tried'
  const times = runs.map(timeToGoal)
  const reached = formatTimes(times)
  if (reached === '') return runs.some(({ capped }) => capped) ? stopped(limits) : 'not reached'
  const count = times.filter((time) => time !== null).length
  const seeds =
    count < runs.length ? `${count} of ${runs.length} seeds` : `${count} seed${count > 1 ? 's' : ''}`
  return `${reached}, ${seeds}`
}

/** Null where the test set was never evaluated at the goal. */
function timeToGoal({ goal, evaluations }) {
  return evaluations.find(({ accuracy }) => accuracy >= goal)?.seconds ?? null
}

function formatTimes(times) {
  const known = times.filter((time) => time !== null)
  if (known.length === 0) return ''
  const figure = (seconds) => seconds.toFixed(seconds < 10 ? 2 : 1)
  const mean = figure(known.reduce((sum, time) => sum + time, 0) / known.length)
  return known.length === 1 ? mean : `${mean} (${figure(Math.min(...known))}–${figure(Math.max(...known))})`
}
