/** `report.html`: a run on one page that stands alone, with its styles, its script and its images in the file. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Dataset } from '../data/dataset.ts'
import { encodePng } from '../node/png.ts'
import type { ClassMetrics, Evaluation } from '../train/types.ts'
import type { Mistake } from './mistakes.ts'
import { type Chart, accuracyChart, lossChart } from './reportCharts.ts'
import { drawCharts } from './reportPage.ts'
import { reportStyle } from './reportStyle.ts'
import { formatCount, formatLoss, formatPercent, formatSeconds } from './table.ts'
import type { TrainConfig, TrainMetrics } from './runRecord.ts'

export interface ReportContent {
  readonly metrics: TrainMetrics
  readonly config: TrainConfig
  readonly test: Evaluation
  /** Mean loss of every step. */
  readonly losses: Float32Array
  readonly mistakes: readonly Mistake[]
  /** The dataset that the mistakes are rows of: [count, 28, 28] u8. */
  readonly images: Dataset
}

/**
 * The page as text. It asks for nothing from outside, and its content security policy forbids it to.
 *
 * @example
 * await writeFileAtomic('report.html', formatReport(content))
 */
export function formatReport(content: ReportContent): string {
  const { metrics, test, losses } = content
  const charts = [lossChart(losses, metrics.history), accuracyChart(metrics.history, test.accuracy)]
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<link rel="icon" href="data:,">
<title>${escape(`${formatPercent(test.accuracy)} – ${metrics.folder}`)}</title>
<style>${asset('uPlot.min.css')}${reportStyle}</style>
</head>
<body>
<main>
${header(content)}
<div class="grid">
${chartSection('Loss', 'Training loss of each step.', 'loss')}
${chartSection('Accuracy', 'Share of the digits that are read rightly.', 'accuracy')}
</div>
<div class="grid">
${confusionSection(test)}
${classesSection(test)}
</div>
${mistakesSection(content)}
${reproduceSection(content)}
</main>
${script(charts)}
</body>
</html>
`
}

function header({ metrics, config, test }: ReportContent): string {
  const [number = '', unit = ''] = formatPercent(test.accuracy).split(' ')
  const { optimizer, versions } = config
  const rate = typeof optimizer.learningRate === 'number' ? 'constant' : 'cosine decay'
  const peak =
    typeof optimizer.learningRate === 'number'
      ? optimizer.learningRate
      : optimizer.learningRate.cosineDecay.peak
  const facts: [string, string][] = [
    ['Test loss', formatLoss(test.loss)],
    ['Training time', formatSeconds(metrics.seconds)],
    ['Speed', `${formatCount(metrics.samplesPerSecond)} samples/s`],
    ['Model', [784, ...config.hidden, 10].join('-')],
    ['Parameters', formatCount(config.parameters)],
    ['Epochs', `${metrics.epochs} (${formatCount(metrics.steps)} steps)`],
    ['Batch', String(config.batch)],
    ['Learning rate', `${peak}, ${rate}`],
    ['Seed', String(config.seed)],
  ]
  const adapter = `${config.adapter.name}${config.adapter.software ? ' (software)' : ''}`
  const installed = Object.entries(versions).map(([name, version]) => `${name} ${version ?? 'none'}`)
  return `<header>
<div>
<h1>wgrad</h1>
<p class="run">${escape(metrics.folder)}</p>
<p class="score">${number}<small>${unit}</small></p>
<p>of ${formatCount(test.count)} unseen digits read rightly</p>
</div>
<dl class="facts">
${facts.map(([name, value]) => fact(name, value)).join('\n')}
<div class="wide"><dt>Adapter</dt><dd>${escape(adapter)}</dd></div>
<div class="wide"><dt>Versions</dt><dd>${escape(installed.join(', '))}</dd></div>
</dl>
</header>`
}

function fact(name: string, value: string): string {
  return `<div><dt>${escape(name)}</dt><dd>${escape(value)}</dd></div>`
}

function chartSection(title: string, note: string, id: string): string {
  return `<section>
<h2>${title}</h2>
<p class="note">${note}</p>
<div class="chart" id="${id}"></div>
</section>`
}

/** Rights are shaded by their share of the row; mistakes, a hundred times rarer, by their share of the largest. */
function confusionSection({ confusion }: Evaluation): string {
  if (confusion === null) return ''
  const largestMistake = Math.max(1, ...confusion.flatMap((row, label) => row.filter((_, i) => i !== label)))
  const cell = (count: number, label: number, predicted: number): string => {
    const isHit = label === predicted
    const support = Math.max(
      1,
      (confusion[label] ?? []).reduce((sum, value) => sum + value, 0),
    )
    const heat = isHit ? count / support : Math.sqrt(count / largestMistake)
    const classes = [isHit ? 'hit' : count > 0 ? 'miss' : 'none', ...(heat > 0.7 ? ['strong'] : [])]
    const title = `${label} read as ${predicted}: ${count}`
    return `<td class="${classes.join(' ')}" style="--heat:${Math.round(90 * heat)}%" title="${title}">${count}</td>`
  }
  const head = confusion.map((_, predicted) => `<th scope="col">${predicted}</th>`).join('')
  const rows = confusion.map(
    (row, label) =>
      `<tr><th scope="row">${label}</th>${row.map((count, predicted) => cell(count, label, predicted)).join('')}</tr>`,
  )
  return `<section>
<h2>Confusion</h2>
<p class="note">Rows: the true digit. Columns: what the model said.</p>
<table class="confusion">
<thead><tr><th></th>${head}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
</section>`
}

function classesSection({ perClass }: Evaluation): string {
  if (perClass === null) return ''
  const columns = ['precision', 'recall', 'f1'] as const
  const lowest = columns.map((column) => Math.min(...perClass.map((row) => row[column])))
  const row = (metrics: ClassMetrics): string => {
    const cells = columns.map((column, i) => {
      const mark = metrics[column] === lowest[i] ? ' class="lowest"' : ''
      return `<td${mark}>${formatPercent(metrics[column])}</td>`
    })
    return `<tr><th scope="row">${metrics.label}</th>${cells.join('')}<td>${formatCount(metrics.support)}</td></tr>`
  }
  return `<section>
<h2>Digit by digit</h2>
<p class="note">The lowest of each column is marked.</p>
<table class="classes">
<thead><tr><th scope="col">digit</th><th scope="col">precision</th><th scope="col">recall</th><th scope="col">F1</th><th scope="col">examples</th></tr></thead>
<tbody>
${perClass.map(row).join('\n')}
</tbody>
</table>
</section>`
}

function mistakesSection({ mistakes, images, test }: ReportContent): string {
  const wrong = test.confusion?.flatMap((row, label) => row.filter((_, i) => i !== label)) ?? []
  const total = wrong.reduce((sum, count) => sum + count, 0)
  const note =
    total === 0
      ? 'There is none.'
      : `${formatCount(mistakes.length)} of ${formatCount(total)}, those that the model was surest of.`
  const figures = mistakes.map((mistake) => {
    const { index, label, predicted, probability, probabilityOfLabel } = mistake
    return `<figure><img src="${pngUrl(images, index)}" width="28" height="28" alt="test image ${index}, a ${label}">
<figcaption>said <span class="said">${predicted}</span> ${formatPercent(probability)}<br>true <span class="true">${label}</span> ${formatPercent(probabilityOfLabel)}</figcaption></figure>`
  })
  return `<section>
<h2>Worst mistakes</h2>
<p class="note">${note}</p>
<div class="mistakes">
${figures.join('\n')}
</div>
</section>`
}

function reproduceSection({ metrics, config }: ReportContent): string {
  return `<section>
<h2>Do it again</h2>
<p class="note">The same seed on the same adapter gives the same weights, SHA-256 ${metrics.weightsSha256.slice(0, 16)}…</p>
<pre class="command">${escape(config.command)}</pre>
<details><summary>The plan of a training step</summary>
<pre>${escape(config.plan.join('\n'))}</pre>
</details>
</section>`
}

function script(charts: readonly Chart[]): string {
  // "<" would let a text end the script element.
  const data = JSON.stringify(charts).replaceAll('<', String.raw`\u003c`)
  return `<script>${asset('uPlot.iife.min.js')}</script>
<script>(${drawCharts.toString()})(uPlot, ${data})</script>`
}

/** A row of the images as the URL of a PNG that holds it. */
function pngUrl({ features }: Dataset, index: number): string {
  const pixels = features.subarray(index * 784, (index + 1) * 784)
  return `data:image/png;base64,${Buffer.from(encodePng({ width: 28, height: 28, pixels })).toString('base64')}`
}

function asset(name: string): string {
  return readFileSync(createRequire(import.meta.url).resolve(`uplot/dist/${name}`), 'utf8')
}

function escape(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? '')
}
