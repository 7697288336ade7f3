/** Images of the test set: the worst mistakes, or those behind a cell of the confusion matrix. */
import { effect, signal } from '@preact/signals-core'
import { worstMistakes } from '../../src/cli/mistakes.ts'
import { drawImages, grey } from '../charts/images.ts'
import { byId, make } from '../dom.ts'
import { formatShare } from '../format.ts'
import { attempt, dependOn, laboratory, test, testLabels } from '../session.ts'
import type { TestResult } from '../worker/protocol.ts'

/** A cell of the confusion matrix. */
export interface Cell {
  readonly label: number
  readonly predicted: number
}

/** As many as are shown at first, and with each wish for more. */
const page = 24
const most = signal(page)
const cell = signal<Cell | undefined>(undefined)

/** Shows the images behind a cell. */
export function showCell(chosen: Cell): void {
  cell.value = chosen
  most.value = page
  byId('mistakes', HTMLElement).scrollIntoView({ block: 'nearest' })
}

export function galleryPanel(): void {
  byId('all-mistakes', HTMLButtonElement).addEventListener('click', () => {
    cell.value = undefined
  })
  byId('more-mistakes', HTMLButtonElement).addEventListener('click', () => {
    most.value += page
  })
  effect(() => {
    // Another result has other mistakes.
    dependOn(test)
    cell.value = undefined
  })
  effect(() => {
    const result = test.value
    const chosen = cell.value
    byId('all-mistakes', HTMLButtonElement).hidden = chosen === undefined
    byId('mistakes-title', HTMLElement).textContent =
      chosen === undefined ? 'Its worst mistakes' : `${chosen.label} that it calls ${chosen.predicted}`
    const hasImages = result !== undefined && result.predicted.length > 0
    if (!hasImages) byId('gallery', HTMLUListElement).replaceChildren(...emptyPage())
    else {
      const shown = most.value
      void attempt(() => show(result, chosen, shown))
    }
  })
}

/** What keeps the room until there are images. */
function emptyPage(): HTMLElement[] {
  return Array.from({ length: page }, () =>
    make('li', { ariaHidden: 'true' }, make('canvas'), make('p'), make('p')),
  )
}

interface Shown {
  readonly row: number
  readonly label: number
  readonly predicted: number
}

async function show(result: TestResult, chosen: Cell | undefined, most: number): Promise<void> {
  const all = chosen === undefined ? mistakesIn(result) : imagesOf(result, chosen)
  const shown = all.slice(0, most)
  const images =
    shown.length === 0 ? new Uint8Array() : await laboratory.testImages(shown.map(({ row }) => row))
  if (test.value !== result || cell.value !== chosen) return
  byId('more-mistakes', HTMLButtonElement).hidden = shown.length === all.length
  byId('mistakes-note', HTMLElement).textContent = noteOf(all.length, shown.length, chosen)
  byId('gallery', HTMLUListElement).replaceChildren(
    ...shown.map((example, i) => figure(result, example, images.subarray(784 * i, 784 * (i + 1)))),
  )
}

function noteOf(count: number, shown: number, chosen: Cell | undefined): string {
  const what = chosen === undefined ? 'mistakes, the surest first' : count === 1 ? 'image' : 'images'
  return count > shown ? `${shown} of ${count} ${what}.` : `${count} ${what}.`
}

function mistakesIn({ predicted, probabilities }: TestResult): Shown[] {
  const set = { targets: testLabels.value, outputs: 10 }
  const prediction = { outputs: probabilities, classes: Uint32Array.from(predicted) }
  return worstMistakes(prediction, set, Infinity).map(({ index, label, predicted }) => ({
    row: index,
    label,
    predicted,
  }))
}

function imagesOf({ predicted }: TestResult, chosen: Cell): Shown[] {
  return Array.from(predicted, (says, row) => ({
    row,
    label: testLabels.value[row] ?? NaN,
    predicted: says,
  })).filter(({ label, predicted: says }) => label === chosen.label && says === chosen.predicted)
}

function figure(
  { probabilities }: TestResult,
  { row, label, predicted }: Shown,
  image: Uint8Array,
): HTMLElement {
  const canvas = make('canvas', { role: 'img', ariaLabel: `Test image ${row}, a ${label}` })
  drawImages(canvas, image, grey)
  const says = formatShare(probabilities[10 * row + predicted], 0)
  const own = formatShare(probabilities[10 * row + label], 0)
  return make(
    'li',
    {},
    canvas,
    make('p', { textContent: `a ${label}, it says ${predicted}` }),
    make('p', { textContent: label === predicted ? says : `${says} vs ${own}` }),
  )
}
