/**
 * The script of the report. Its source text is written into the page, where nothing of this file exists, so it may
 * refer to its arguments and to the platform alone.
 */
import type uPlot from 'uplot'
import type { Chart, Series } from './reportCharts.ts'

/** Draws the charts, again where the window or the colour scheme changes. */
export function drawCharts(Plot: typeof uPlot, charts: readonly Chart[]): void {
  const height = 300
  const { fontFamily } = getComputedStyle(document.body)

  // A probe, because a custom property reads as its text, "light-dark(…)", and a canvas wants a colour.
  const probe = document.body.appendChild(document.createElement('i'))
  const colorOf = (property: string, opacity = 1): string => {
    probe.style.color = `color-mix(in srgb, var(${property}) ${100 * opacity}%, transparent)`
    return getComputedStyle(probe).color
  }
  const strokeOf = ({ color, kind }: Series): string => colorOf(color, kind === 'faint' ? 0.3 : 1)

  const steps = (factors: readonly number[], lowest: number, highest: number): number[] => {
    const exponents = Array.from({ length: highest - lowest + 1 }, (_, i) => lowest + i)
    return exponents.flatMap((exponent) => factors.map((factor) => Number(`${factor}e${exponent}`)))
  }
  const logSplits = ([low, high]: Chart['yRange']): number[] => {
    const [lowest, highest] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))]
    return steps(highest - lowest > 4 ? [1] : [1, 2, 5], lowest, highest).filter((y) => y >= low && y <= high)
  }

  const axisOf = (label: string, size: number): uPlot.Axis => ({
    label,
    size,
    labelSize: 20,
    labelGap: 2,
    font: `11px ${fontFamily}`,
    labelFont: `12px ${fontFamily}`,
    stroke: colorOf('--soft'),
    grid: { stroke: colorOf('--line'), width: 1 },
    ticks: { stroke: colorOf('--line'), width: 1, size: 4 },
  })
  const seriesOf = (series: Series, isPercent: boolean): uPlot.Series => {
    const isPoints = series.kind === 'points'
    const stroke = strokeOf(series)
    return {
      label: series.label,
      stroke,
      ...(isPoints ? { paths: () => null } : {}),
      width: series.kind === 'faint' ? 1 : 2,
      spanGaps: true,
      points: { show: isPoints || isPercent, size: isPoints ? 9 : 6, stroke, fill: stroke },
      value: (_, y: number | null) => (y === null ? '' : isPercent ? `${y.toFixed(2)} %` : y.toPrecision(3)),
    }
  }
  const optionsOf = (chart: Chart, width: number): uPlot.Options => {
    const isPercent = chart.scale === 'percent'
    const yRange = (): uPlot.Range.MinMax => [...chart.yRange]
    return {
      width,
      height,
      legend: {
        markers: {
          width: 0,
          fill: (_, i) => {
            const series = chart.series[i - 1]
            return series === undefined ? 'transparent' : strokeOf(series)
          },
        },
      },
      cursor: { y: false },
      scales: {
        x: { time: false, range: () => [...chart.xRange] },
        // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- a type import has no Distr.Log
        y: isPercent ? { range: yRange } : { range: yRange, distr: 3 },
      },
      axes: [
        { ...axisOf(chart.xLabel, 30), incrs: steps([1, 2, 5], 0, 6) },
        {
          ...axisOf(chart.yLabel, 46),
          ...(isPercent
            ? {}
            : {
                splits: () => logSplits(chart.yRange),
                filter: (_: uPlot, splits: number[]) => splits,
                values: (_: uPlot, splits: number[]) => splits.map(String),
              }),
        },
      ],
      series: [
        { label: chart.xLabel, value: (_, x: number | null) => (x === null ? '' : String(x)) },
        ...chart.series.map((series) => seriesOf(series, isPercent)),
      ],
    }
  }

  const draw = (chart: Chart): (() => void) => {
    const target = document.getElementById(chart.id)
    if (target === null) return () => undefined
    const columns = chart.columns.map((column) => [...column]) as uPlot.AlignedData
    const plot = new Plot(optionsOf(chart, target.clientWidth), columns, target)
    const observer = new ResizeObserver(() => {
      plot.setSize({ width: target.clientWidth, height })
    })
    observer.observe(target)
    return () => {
      observer.disconnect()
      plot.destroy()
    }
  }
  let drawn = charts.map(draw)
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    for (const remove of drawn) remove()
    drawn = charts.map(draw)
  })
}
