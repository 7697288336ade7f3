/** What the page hands out as files, beside weights and curves. */
import type { Evaluation } from '../src/index.ts'
import { heatOf } from './charts/heat.ts'
import { context2d } from './charts/images.ts'
import type { Config } from './config.ts'
import type { RunRecord } from './record.ts'

/** Metrics as JSON. */
export interface RunFile extends RunRecord {
  readonly config: Config
  readonly test: Evaluation | null
}

/** The confusion matrix as a picture, with its axes. */
export function matrixPicture(confusion: NonNullable<Evaluation['confusion']>): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = 12 * cellSize
  const context = context2d(canvas)
  const write = (text: string, column: number, row: number, color = '#16202c'): void => {
    context.fillStyle = color
    context.fillText(text, (column + 0.5) * cellSize, (row + 0.5) * cellSize)
  }
  context.fillStyle = '#fff'
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.font = '16px system-ui, sans-serif'
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  write('what the model says', 6, 0)
  confusion.forEach((counts, label) => {
    write(String(label), label + 1.5, 1)
    write(String(label), 0.75, label + 1.75)
    counts.forEach((count, predicted) => {
      const hue = label === predicted ? '11, 110, 143' : '194, 72, 29'
      context.fillStyle = `rgba(${hue}, ${heatOf(count, label === predicted)})`
      context.fillRect(
        (predicted + 1.5) * cellSize + 1,
        (label + 1.75) * cellSize + 1,
        cellSize - 2,
        cellSize - 2,
      )
      if (count > 0) write(String(count), predicted + 1.5, label + 1.75)
    })
  })
  context.save()
  context.translate(0.4 * cellSize, 6.75 * cellSize)
  context.rotate(-Math.PI / 2)
  context.fillStyle = '#16202c'
  context.fillText('true digit', 0, 0)
  context.restore()
  return canvas
}

const cellSize = 48
