/** The report of a run: a page that stands alone, whose numbers and pictures are those of the run. */
import { Script } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { worstMistakes } from '../../src/cli/mistakes.ts'
import { type ReportContent, formatReport } from '../../src/cli/report.ts'
import { accuracyChart, lossChart } from '../../src/cli/reportCharts.ts'
import { dataset } from '../../src/data/dataset.ts'
import { decodePng } from '../../src/node/png.ts'
import type { ClassMetrics, EpochReport } from '../../src/train/types.ts'

const hostile = `</script><script>alert("1")</script><img src=x>`

const images = dataset({
  features: Uint8Array.from({ length: 3 * 784 }, (_, i) => (i * 31) % 256),
  featureShape: [28, 28],
  targets: new Uint8Array([0, 1, 1]),
  classes: 2,
})

function epochReport(epoch: number, extra: Partial<EpochReport> = {}): EpochReport {
  const speed = { seconds: 2, samplesPerSecond: 6000, learningRate: 1e-3 }
  return { epoch, epochs: 2, loss: 0.5 / epoch, accuracy: 0.8 + epoch / 20, ...speed, ...extra }
}

function perClass(label: number, precision: number): ClassMetrics {
  return { label, precision, recall: 0.75 + precision / 100, f1: 0.5 + precision / 100, support: 2 }
}

const test = {
  count: 3,
  loss: 0.25,
  accuracy: 2 / 3,
  confusion: [
    [1, 0],
    [1, 1],
  ],
  perClass: [perClass(0, 0.5), perClass(1, 1)],
}

const content: ReportContent = {
  metrics: {
    folder: hostile,
    adapter: hostile,
    seed: 7,
    epochs: 2,
    stopped: false,
    steps: 4,
    seconds: 4,
    samplesPerSecond: 6000,
    history: [epochReport(1), epochReport(2)],
    test: { count: test.count, accuracy: test.accuracy, loss: test.loss },
    confusion: test.confusion,
    perClass: test.perClass,
    weightsSha256: 'abcdef0123456789'.repeat(4),
  },
  config: {
    command: `wgrad train --data '${hostile}'`,
    epochs: 2,
    batch: 64,
    hidden: [32],
    parameters: 25450,
    loss: 'softmaxCrossEntropy',
    optimizer: { kind: 'adam', learningRate: 0.002 },
    seed: 7,
    validation: null,
    data: { from: hostile, train: { count: 3, sha256: '' }, test: { count: 3, sha256: '' } },
    adapter: { name: hostile, vendor: '', architecture: '', driver: '', software: true },
    platform: 'linux x64',
    versions: { wgrad: '1.0.0', node: '20.0.0', webgpu: null },
    plan: [hostile],
    variants: {},
  },
  test,
  losses: Float32Array.of(2, 1, 0.5, 0.25),
  mistakes: [{ index: 2, label: 1, predicted: 0, probability: 0.9, probabilityOfLabel: 0.1 }],
  images,
}

describe('the page', () => {
  const html = formatReport(content)

  it('has scripts that parse, and no element that the names of a run smuggle in', () => {
    const scripts = [...html.matchAll(/<script>(.*?)<\/script>/gs)].map(([, text]) => text!)
    expect(scripts).toHaveLength(2)
    for (const text of scripts) expect(() => new Script(text)).not.toThrow()
    expect(html).not.toContain('alert("1")')
    expect(html).not.toContain('<img src=x>')
  })

  it('asks for nothing from outside', () => {
    expect(html).toContain(`default-src 'none'; img-src data:`)
    expect(html).not.toMatch(/(src|href)="(?!data:)/)
    expect(html).not.toMatch(/url\(|@import/)
  })

  it('shows the numbers of the run', () => {
    const text = html.replace(/<script>.*<\/script>/gs, '').replace(/<[^>]*>/g, ' ')
    for (const shown of [
      '66.67',
      '0.2500',
      '4.0 s',
      '6,000 samples/s',
      '784-32-10',
      '25,450',
      '2 (4 steps)',
    ]) {
      expect(text).toContain(shown)
    }
    expect(html).toContain('title="1 read as 0: 1">1</td>')
    expect(html.match(/class="lowest">50\.00 %/g)).toHaveLength(1)
  })

  it('shows the pixels of a mistake, with what was said and what is true', () => {
    const [, base64 = ''] = /<img src="data:image\/png;base64,([^"]*)"/.exec(html) ?? []
    const { pixels } = decodePng(Buffer.from(base64, 'base64'), 'mistake')
    expect([...pixels]).toEqual([...images.features.subarray(2 * 784)])
    expect(html).toContain(
      'said <span class="said">0</span> 90.00 %<br>true <span class="true">1</span> 10.00 %',
    )
  })

  it('says so where there is no mistake', () => {
    const confusion = [
      [1, 0],
      [0, 2],
    ]
    const perfect = formatReport({ ...content, mistakes: [], test: { ...test, accuracy: 1, confusion } })
    expect(perfect).toContain('There is none.')
    expect(perfect).not.toContain('<figure>')
  })
})

describe('the curves', () => {
  it('loss: every step of a short run; validation at the ends of the epochs', () => {
    const history = [1, 2].map((epoch) => epochReport(epoch, { validation: { loss: epoch, accuracy: 0.5 } }))
    const { columns, series, yRange } = lossChart(content.losses, history)
    expect(columns[0]).toEqual([1, 2, 3, 4])
    expect(columns[1]).toEqual([2, 1, 0.5, 0.25])
    expect(columns[3]).toEqual([null, 1, null, 2])
    expect(series.map(({ label }) => label)).toEqual(['each step', 'smoothed', 'validation'])
    expect(yRange).toEqual([0.2, 2.5])
  })

  it('loss: a long run is thinned to means; a loss of 0 stays on a logarithmic axis', () => {
    const { columns, series, yRange } = lossChart(new Float32Array(12_000), content.metrics.history)
    expect(columns[0]).toHaveLength(1200)
    expect(series[0]?.label).toBe('each 10 steps')
    expect(yRange[0]).toBeGreaterThan(0)
  })

  it('accuracy: percent by epoch, the test at the last', () => {
    const { columns } = accuracyChart(content.metrics.history, 0.9)
    expect(columns[0]).toEqual([1, 2])
    expect(columns[1]?.map((y) => y?.toFixed(6))).toEqual(['85.000000', '90.000000'])
    expect(columns[2]).toEqual([null, 90])
  })

  it('accuracy: the axis ends at 100 %', () => {
    expect(accuracyChart([epochReport(1, { accuracy: 1 })], 1).yRange).toEqual([99.875, 100])
  })
})

it('the worst mistakes are those that the model was surest of, the right answers left out', () => {
  const outputs = Float32Array.of(0.75, 0.25, 0.625, 0.375, 0.875, 0.125)
  const mistakes = worstMistakes({ outputs, classes: Uint32Array.of(0, 0, 0) }, images, 5)
  expect(mistakes).toEqual([
    { index: 2, label: 1, predicted: 0, probability: 0.875, probabilityOfLabel: 0.125 },
    { index: 1, label: 1, predicted: 0, probability: 0.625, probabilityOfLabel: 0.375 },
  ])
})
