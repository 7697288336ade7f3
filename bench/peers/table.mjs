/** The report of a contest as Markdown: a row for each contestant, a column for each case. */

/** @param {{ environment: string, adapter: string, cores: number, versions: Record<string, string>, results: Result[] }} report */
export function formatReport({ environment, adapter, cores, versions, results }) {
  const cases = [...new Set(results.map((result) => result.case))]
  const contestants = [...new Set(results.map((result) => result.contestant))]
  const find = (name, contestant) =>
    results.find((result) => result.case === name && result.contestant === contestant)
  const header = cases.map((name) => `${name}, ${results.find((result) => result.case === name).unit}`)
  const rows = contestants.map((contestant) => {
    const cells = cases.map((name) => formatCell(find(name, contestant), find(name, contestants[0])))
    return [contestant, ...cells]
  })
  const versionList = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return [
    `**${environment}**, ${adapter}, ${cores} cores; ${versionList.join(', ')}`,
    '',
    row(['', ...header]),
    row(['---', ...cases.map(() => '---:')]),
    ...rows.map(row),
    '',
    `Medians of ${results[0].rates.length} round${results[0].rates.length > 1 ? 's' : ''}; in brackets how many times as fast wgrad is. ${agreement(results)}`,
  ].join('\n')
}

/**
 * @typedef {{ case: string, unit: string, contestant: string, rates: number[], deviation: number }} Result
 */

const row = (cells) => `| ${cells.join(' | ')} |`

function formatCell(result, ours) {
  if (result === undefined) return ''
  const figure = formatFigure(median(result.rates))
  if (result === ours) return figure
  return `${figure} (${formatFigure(median(result.rates.map((rate, round) => ours.rates[round] / rate)))}×)`
}

const formatFigure = (value) =>
  value < 100 ? value.toPrecision(2) : Math.round(value).toLocaleString('en-US')

function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2
}

/** How far the results of the contestants are from wgrad's. */
function agreement(results) {
  const cases = [...new Set(results.map((result) => result.case))]
  const largest = cases.map((name) => {
    const deviations = results.filter((result) => result.case === name).map(({ deviation }) => deviation)
    return `${name} ${Math.max(...deviations).toExponential(0)}`
  })
  return `Largest relative difference of a result (the first losses, the product): ${largest.join(', ')}.`
}
