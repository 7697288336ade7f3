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
    const color = (name: string): string => getComputedStyle(root).getPropertyValue(name)
    const axis = {
      stroke: color('--soft'),
      grid: { stroke: color('--line'), width: 1 },
      ticks: { show: false },
    }
    return new uPlot(
      {
        ...sizeOf(root),
        cursor: { y: false, points: { size: 7 } },
        scales: { x: { time: false }, y: scale === 'logarithmic' ? logarithmic : {} },
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
            stroke: kind === 'faint' ? `color-mix(in srgb, ${color(name)} 35%, transparent)` : color(name),
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

/** The legend stands below the plot, in the same element; the style keeps room for it. */
function sizeOf(root: HTMLElement): { width: number; height: number } {
  return { width: Math.max(root.clientWidth, 200), height: 260 }
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
