/** Grey images and signed maps, drawn pixel by pixel. */

/** Draws rows of `columns` images of [28, 28] values each; `colorOf` gives red, green, blue, 0–255. */
export function drawImages(
  canvas: HTMLCanvasElement,
  values: ArrayLike<number>,
  colorOf: (value: number) => readonly [number, number, number],
  { columns = 1, gap = 0 } = {},
): void {
  const count = Math.ceil(values.length / (side * side))
  const rows = Math.ceil(count / columns)
  canvas.width = columns * side + (columns - 1) * gap
  canvas.height = rows * side + (rows - 1) * gap
  const context = context2d(canvas)
  const image = context.createImageData(canvas.width, canvas.height)
  for (let i = 0; i < values.length; i++) {
    const [cell, pixel] = [Math.floor(i / (side * side)), i % (side * side)]
    const x = (cell % columns) * (side + gap) + (pixel % side)
    const y = Math.floor(cell / columns) * (side + gap) + Math.floor(pixel / side)
    setPixel(image, y * canvas.width + x, colorOf(values[i] ?? 0))
  }
  context.putImageData(image, 0, 0)
}

const side = 28

/** Sets a pixel of an image, opaque. */
export function setPixel(
  { data }: ImageData,
  pixel: number,
  [red, green, blue]: readonly [number, number, number],
): void {
  data[4 * pixel] = red
  data[4 * pixel + 1] = green
  data[4 * pixel + 2] = blue
  data[4 * pixel + 3] = 255
}

/** White ink on black. */
export function grey(value: number): readonly [number, number, number] {
  return [value, value, value]
}

/** Blue for what is positive, orange for what is negative, black for nothing; `most` has the full colour. */
export function signed(most: number): (value: number) => readonly [number, number, number] {
  return (value) => {
    const strength = Math.min(1, Math.abs(value) / (most || 1))
    const [red, green, blue] = value > 0 ? [72, 179, 214] : [240, 138, 92]
    return [red * strength, green * strength, blue * strength]
  }
}

export function context2d(
  canvas: HTMLCanvasElement,
  settings?: CanvasRenderingContext2DSettings,
): CanvasRenderingContext2D {
  const context = canvas.getContext('2d', settings)
  if (context === null) throw new Error('this browser gives no 2D canvas')
  return context
}

/** The largest magnitude, but for one in a hundred; of many values about a thousand tell it. */
export function mostOf(values: Float32Array): number {
  const stride = Math.ceil(values.length / 1000)
  const magnitudes = values
    .filter((_, i) => i % stride === 0)
    .map(Math.abs)
    .toSorted()
  return magnitudes[Math.floor(0.99 * (magnitudes.length - 1))] ?? 0
}
