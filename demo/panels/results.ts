/** What the model does on the test set: accuracy, the confusion matrix, each digit's precision and recall. */
import { effect } from '@preact/signals-core'
import { heatOf } from '../charts/heat.ts'
import { byId, make } from '../dom.ts'
import { formatLoss, formatShare } from '../format.ts'
import { test } from '../session.ts'
import { showCell } from './gallery.ts'

export function resultsPanel(): void {
  const cells = makeMatrix()
  effect(() => {
    const evaluation = test.value?.evaluation
    byId('test-accuracy', HTMLElement).textContent = formatShare(evaluation?.accuracy)
    byId('test-loss', HTMLElement).textContent = formatLoss(evaluation?.loss)
    const confusion = evaluation?.confusion
    cells.forEach((cell, i) => {
      showCount(cell, Math.floor(i / 10), i % 10, confusion?.[Math.floor(i / 10)]?.[i % 10])
    })
    const rows = evaluation?.perClass ?? Array.from({ length: 10 }, (_, label) => ({ label }))
    byId('classes', HTMLTableElement).tBodies[0]?.replaceChildren(...rows.map(classRow))
  })
}

interface ClassRow {
  readonly label: number
  readonly precision?: number
  readonly recall?: number
  readonly f1?: number
  readonly support?: number
}

function classRow({ label, precision, recall, f1, support }: ClassRow): HTMLElement {
  const cells = [
    formatShare(precision, 1),
    formatShare(recall, 1),
    formatShare(f1, 1),
    String(support ?? '–'),
  ]
  return make(
    'tr',
    {},
    make('th', { scope: 'row', textContent: String(label) }),
    ...cells.map((textContent) => make('td', { textContent })),
  )
}

/** A grid whose cells are reached by arrow keys, with one stop for the Tab key. */
function makeMatrix(): HTMLButtonElement[] {
  const grid = byId('confusion', HTMLElement)
  const header = (textContent: string, role: string): HTMLElement => make('span', { textContent, role })
  const corner = make('span', { role: 'gridcell', ariaLabel: 'true digit by what the model says' })
  const head = make('div', { role: 'row' }, corner)
  for (let label = 0; label < 10; label++) head.append(header(String(label), 'columnheader'))
  grid.append(head)
  const cells: HTMLButtonElement[] = []
  for (let label = 0; label < 10; label++) {
    const row = make('div', { role: 'row' }, header(String(label), 'rowheader'))
    for (let predicted = 0; predicted < 10; predicted++) {
      const button = make('button', { type: 'button', tabIndex: cells.length === 0 ? 0 : -1 })
      button.addEventListener('click', () => {
        // A recorded run has no images to show.
        if (test.value?.predicted.length !== 0) showCell({ label, predicted })
      })
      cells.push(button)
      row.append(make('div', { role: 'gridcell' }, button))
    }
    grid.append(row)
  }
  grid.addEventListener('keydown', (event) => {
    moveFocus(event, cells)
  })
  return cells
}

function moveFocus(event: KeyboardEvent, cells: readonly HTMLButtonElement[]): void {
  const at = cells.findIndex((cell) => cell === document.activeElement)
  const [row, column] = [Math.floor(at / 10), at % 10]
  const next = {
    ArrowLeft: [row, column - 1],
    ArrowRight: [row, column + 1],
    ArrowUp: [row - 1, column],
    ArrowDown: [row + 1, column],
    Home: [row, 0],
    End: [row, 9],
  }[event.key]
  if (at < 0 || next === undefined) return
  event.preventDefault()
  const [toRow = 0, toColumn = 0] = next.map((i) => Math.min(Math.max(i, 0), 9))
  const target = cells[10 * toRow + toColumn]
  for (const cell of cells) cell.tabIndex = cell === target ? 0 : -1
  target?.focus()
}

/** Right answers are blue, wrong ones orange; the colour tells mistakes of ten from mistakes of one. */
function showCount(cell: HTMLButtonElement, label: number, predicted: number, count?: number): void {
  const isRight = label === predicted
  cell.textContent = count === undefined || count === 0 ? '' : String(count)
  cell.ariaLabel = `true ${label}, model says ${predicted}: ${count ?? 'not tested yet'}`
  const hue = isRight ? 'var(--hit)' : 'var(--miss)'
  const heat = heatOf(count ?? 0, isRight)
  cell.style.background =
    count === undefined || count === 0
      ? ''
      : `color-mix(in srgb, ${hue} ${Math.round(100 * heat)}%, var(--card))`
}
