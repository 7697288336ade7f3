/** A streaming chart: uPlot with the page's colours, axes with units, and the size of its element. */
import uPlot from 'uplot'
import { context2d } from './images.ts'

export interface Line {
  readonly label: string
  /** A custom property of the page's style. */
  readonly color: string
  readonly kind: 'faint' | 'line' | 'points'
}

export interface LineChartOptions {
  readonly lines: readonly Line[]
  readonly yLabel: string
  readonly format: (value: number) => string
  readonly scale: 'logarithmic' | 'linear'
}

/** x, then a column for each line; null where a line has no value. */
export type Columns = readonly (readonly (number | null)[])[]

export interface LineChart {
  draw(columns: Columns): void
  /** The chart as it is, on paper of the page's colour. */
  picture(): HTMLCanvasElement
}

/** Draws into an element whose height the style fixes, so that nothing shifts when it appears. */
export function lineChart(root: HTMLElement, options: LineChartOptions): LineChart {
  const { lines, yLabel, format, scale } = options
  let columns: uPlot.AlignedData = [[], ...lines.map(() => [])]
  let plot = create()

  function create(): uPlot {
    const color = (name: string): string => colorOf(root, name)
    const axis = {
      stroke: color('--soft'),
      grid: { stroke: color('--line'), width: 1 },
      ticks: { show: false },
    }
    return new uPlot(
      {
        ...sizeOf(root),
        cursor: { y: false, points: { size: 7 } },
        scales: {
          x: { time: false, range: orElse(0, 100, exactly) },
          y:
            scale === 'logarithmic'
              ? { ...logarithmic, range: orElse(0.1, 10, wholeDecades) }
              : { range: orElse(0, 100, withRoom) },
        },
        axes: [
          { ...axis, label: 'step', labelSize: 20, size: 34 },
          {
            ...axis,
            label: yLabel,
            labelSize: 20,
            size: 58,
            values: (_, values) =>
              values.map((value) => ((value as number | null) === null ? '' : format(value))),
          },
        ],
        series: [
          { label: 'step' },
          ...lines.map(({ label, color: name, kind }): uPlot.Series => ({
            label,
            stroke: color(name),
            alpha: kind === 'faint' ? 0.35 : 1,
            width: kind === 'faint' ? 1 : 2,
            spanGaps: true,
            points: { show: kind === 'points', size: 8, fill: color(name) },
            value: (_, value) => ((value as number | null) === null ? '–' : format(value)),
          })),
        ],
      },
      columns,
      root,
    )
  }

  const again = (): void => {
    plot.destroy()
    plot = create()
  }
  new ResizeObserver(() => {
    const { width, height } = sizeOf(root)
    if (plot.width !== width || plot.height !== height) plot.setSize({ width, height })
  }).observe(root)
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', again)

  return {
    draw(next) {
      columns = next as uPlot.AlignedData
      plot.setData(columns)
    },
    picture: () => onPaper(plot.ctx.canvas, getComputedStyle(document.body).backgroundColor),
  }
}

// eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- uPlot's enum is one of types only
const logarithmic = { distr: 3 as uPlot.Scale.Distr.Logarithmic }

/** The range of the data, or one to begin with: then axes are drawn from the start, and stay where they are. */
function orElse(
  least: number,
  most: number,
  fit: (low: number, high: number) => uPlot.Range.MinMax,
): uPlot.Scale.Range {
  return (_, from, to) => {
    // uPlot's types leave out that there may be no data.
    const [low, high] = [from, to] as (number | null | undefined)[]
    return typeof low === 'number' && typeof high === 'number' ? fit(low, high) : [least, most]
  }
}

const exactly = (low: number, high: number): uPlot.Range.MinMax => [low, high]
const wholeDecades = (low: number, high: number): uPlot.Range.MinMax => uPlot.rangeLog(low, high, 10, true)
const withRoom = (low: number, high: number): uPlot.Range.MinMax => uPlot.rangeNum(low, high, 0.1, true)

/** The legend stands below the plot, in the same element; the style keeps room for it. */
function sizeOf(root: HTMLElement): { width: number; height: number } {
  return { width: Math.max(root.clientWidth, 200), height: 260 }
}

/** A custom property as a canvas takes it: not every canvas knows light-dark(). */
function colorOf(root: HTMLElement, name: string): string {
  root.style.color = `var(${name})`
  const { color } = getComputedStyle(root)
  root.style.removeProperty('color')
  return color
}

function onPaper(source: HTMLCanvasElement, color: string): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  canvas.width = source.width
  canvas.height = source.height
  const context = context2d(canvas)
  context.fillStyle = color
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.drawImage(source, 0, 0)
  return canvas
}
