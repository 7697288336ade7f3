/** Strokes on the drawing pad: what is drawn, what undo takes back, and its grey pixels for the model. */
import { toMnistDigit } from '../src/mnist.ts'
import { context2d } from './charts/images.ts'

/** In pixels of the pad. */
export interface Point {
  readonly x: number
  readonly y: number
}

export class Drawing {
  readonly #canvas: HTMLCanvasElement
  readonly #context: CanvasRenderingContext2D
  #strokes: Point[][] = []
  /** An image of 28×28 below the strokes. */
  #image: HTMLCanvasElement | undefined

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas
    this.#context = context2d(canvas, { willReadFrequently: true })
    this.redraw()
  }

  get isEmpty(): boolean {
    return this.#strokes.length === 0
  }

  /** Shows an image of 28×28 instead of strokes; the next stroke takes its place. */
  show(image: HTMLCanvasElement): void {
    this.#strokes = []
    this.#image = image
    this.redraw()
  }

  begin(point: Point): void {
    this.#image = undefined
    this.#strokes.push([point])
    this.redraw()
  }

  /** Lengthens the last stroke. */
  extend(points: readonly Point[]): void {
    this.#strokes.at(-1)?.push(...points)
    this.redraw()
  }

  undo(): void {
    this.#strokes.pop()
    this.redraw()
  }

  clear(): void {
    this.#strokes = []
    this.#image = undefined
    this.redraw()
  }

  /** @param cursor where the keyboard's pen is, shown as a ring; it is no ink */
  redraw(cursor?: Point): void {
    this.#drawInk()
    if (cursor === undefined) return
    const context = this.#context
    context.strokeStyle = '#48b3d6'
    context.lineWidth = 2
    context.beginPath()
    context.arc(cursor.x, cursor.y, penWidth / 2, 0, 2 * Math.PI)
    context.stroke()
  }

  /** The digit as MNIST has it, [28, 28]; undefined where nothing is drawn. */
  digit(): Uint8Array<ArrayBuffer> | undefined {
    if (this.isEmpty) return undefined
    const { width, height } = this.#canvas
    this.#drawInk()
    const { data } = this.#context.getImageData(0, 0, width, height)
    return toMnistDigit({
      width,
      height,
      pixels: Uint8Array.from({ length: width * height }, (_, i) => data[4 * i] ?? 0),
    })
  }

  #drawInk(): void {
    const context = this.#context
    context.fillStyle = '#000'
    context.fillRect(0, 0, this.#canvas.width, this.#canvas.height)
    if (this.#image !== undefined)
      context.drawImage(this.#image, 0, 0, this.#canvas.width, this.#canvas.height)
    context.strokeStyle = '#fff'
    context.lineWidth = penWidth
    context.lineCap = 'round'
    context.lineJoin = 'round'
    for (const [first, ...rest] of this.#strokes) {
      if (first === undefined) continue
      context.beginPath()
      context.moveTo(first.x, first.y)
      // A line of no length leaves a dot.
      for (const { x, y } of rest.length > 0 ? rest : [first]) context.lineTo(x, y)
      context.stroke()
    }
  }
}

const penWidth = 20
