/** The drawing pad for mouse, pen, touch and keyboard, and the model's answer while one draws. */
import { effect } from '@preact/signals-core'
import { drawImages, grey } from '../charts/images.ts'
import { byId, make } from '../dom.ts'
import { type Point, Drawing } from '../drawing.ts'
import { formatShare } from '../format.ts'
import { chooseTestDigit, digit, look } from '../look.ts'
import { attempt, hasModel, testLabels } from '../session.ts'

export function drawPanel(): void {
  const pad = byId('pad', HTMLCanvasElement)
  const drawing = new Drawing(pad)
  const drawn = (): void => {
    const image = drawing.digit()
    digit.value = image && { image, from: 'drawn' }
    showButtons(drawing)
  }
  withPointer(pad, drawing, drawn)
  withKeyboard(pad, drawing, drawn)

  byId('undo', HTMLButtonElement).addEventListener('click', () => {
    drawing.undo()
    drawn()
  })
  byId('clear', HTMLButtonElement).addEventListener('click', () => {
    drawing.clear()
    drawn()
  })
  byId('show-test', HTMLButtonElement).addEventListener('click', () => {
    void attempt(async () => {
      await chooseTestDigit()
      drawing.show(byId('seen', HTMLCanvasElement))
      showButtons(drawing)
    })
  })
  effect(() => {
    byId('show-test', HTMLButtonElement).disabled = testLabels.value.length === 0
  })
  showAnswers()
}

function showButtons({ isEmpty }: Drawing): void {
  byId('undo', HTMLButtonElement).disabled = isEmpty
  byId('clear', HTMLButtonElement).disabled = isEmpty && digit.value === undefined
}

function withPointer(pad: HTMLCanvasElement, drawing: Drawing, drawn: () => void): void {
  const pointOf = (event: PointerEvent): Point => {
    const box = pad.getBoundingClientRect()
    return {
      x: ((event.clientX - box.left) / box.width) * pad.width,
      y: ((event.clientY - box.top) / box.height) * pad.height,
    }
  }
  let isDown = false
  pad.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return
    pad.setPointerCapture(event.pointerId)
    isDown = true
    drawing.begin(pointOf(event))
    drawn()
  })
  pad.addEventListener('pointermove', (event) => {
    if (!isDown) return
    // Events between two frames come as one; the points in between make the curve.
    const events = event.getCoalescedEvents()
    drawing.extend((events.length > 0 ? events : [event]).map(pointOf))
    drawn()
  })
  for (const end of ['pointerup', 'pointercancel'] as const) {
    pad.addEventListener(end, () => {
      isDown = false
    })
  }
}

/** Arrow keys move a pen that the space bar puts down and lifts. */
function withKeyboard(pad: HTMLCanvasElement, drawing: Drawing, drawn: () => void): void {
  const stride = 10
  const moves: Readonly<Record<string, Point>> = {
    ArrowLeft: { x: -stride, y: 0 },
    ArrowRight: { x: stride, y: 0 },
    ArrowUp: { x: 0, y: -stride },
    ArrowDown: { x: 0, y: stride },
  }
  let pen: Point = { x: pad.width / 2, y: pad.height / 4 }
  let isDown = false
  pad.addEventListener('keydown', (event) => {
    const move = moves[event.key]
    if (move !== undefined) {
      pen = { x: within(pen.x + move.x, pad.width), y: within(pen.y + move.y, pad.height) }
      if (isDown) drawing.extend([pen])
    } else if (event.key === ' ') {
      isDown = !isDown
      if (isDown) drawing.begin(pen)
    } else if (event.key === 'Backspace') {
      isDown = false
      drawing.undo()
    } else if (event.key === 'Delete') {
      isDown = false
      drawing.clear()
    } else return
    event.preventDefault()
    drawn()
    drawing.redraw(pen)
  })
  pad.addEventListener('focus', () => {
    if (pad.matches(':focus-visible')) drawing.redraw(pen)
  })
  pad.addEventListener('blur', () => {
    isDown = false
    drawing.redraw()
  })
}

function within(value: number, size: number): number {
  return Math.min(Math.max(value, 10), size - 10)
}

function showAnswers(): void {
  const seen = byId('seen', HTMLCanvasElement)
  const bars = Array.from({ length: 10 }, (_, label) => {
    const meter = make('meter', { min: 0, max: 1, value: 0, ariaLabel: `Probability of ${label}` })
    const share = make('span', { textContent: '–' })
    byId('bars', HTMLOListElement).append(
      make('li', {}, make('span', { textContent: String(label) }), meter, share),
    )
    return { meter, share }
  })
  effect(() => {
    drawImages(seen, digit.value?.image ?? new Uint8Array(784), grey)
  })
  effect(() => {
    const probabilities = look.value?.probabilities
    bars.forEach(({ meter, share }, label) => {
      const probability = probabilities?.[label]
      meter.value = probability ?? 0
      share.textContent = formatShare(probability, 1)
    })
    const answer = probabilities?.indexOf(Math.max(...probabilities))
    byId('answer', HTMLElement).textContent = answer === undefined ? '–' : String(answer)
    byId('draw-note', HTMLElement).textContent = noteOf()
  })
}

function noteOf(): string {
  if (!hasModel.value) return 'Train a model first; it answers while you draw.'
  if (digit.value === undefined) return 'Draw with mouse, pen, finger or arrow keys.'
  return digit.value.from === 'drawn' ? 'The answer follows your pen.' : `This is ${digit.value.from}.`
}
