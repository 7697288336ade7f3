import { beforeAll, describe, expect, it } from 'vitest'
import { toMnistDigit, type GreyImage } from '../../src/data/digit.ts'
import { fit, type Plane } from '../../src/data/resample.ts'
import { DataError } from '../../src/errors.ts'
import { loadMnist } from '../../src/node/mnist.ts'
import { createRandom } from '../../src/random.ts'

const DIGITS = 100
let digits: Uint8Array[] = []

beforeAll(async () => {
  const { test } = await loadMnist()
  digits = Array.from({ length: DIGITS }, (_, i) =>
    Uint8Array.from(test.features.subarray(i * 784, (i + 1) * 784)),
  )
})

function image(width: number, height: number, grey: (x: number, y: number) => number): GreyImage {
  const pixels = Float32Array.from({ length: width * height }, (_, i) =>
    grey(i % width, Math.floor(i / width)),
  )
  return { width, height, pixels }
}

/** Each pixel as a block of scale × scale, somewhere on a larger sheet of 0. */
function enlarged(
  digit: Uint8Array,
  scale: number,
  left = 0,
  top = 0,
  width = 28 * scale,
  height = 28 * scale,
): GreyImage {
  return image(width, height, (x, y) => {
    const [u, v] = [Math.floor((x - left) / scale), Math.floor((y - top) / scale)]
    return u >= 0 && u < 28 && v >= 0 && v < 28 ? digit[v * 28 + u]! : 0
  })
}

/** Linear interpolation between the pixels: what a camera or a drawing with soft edges gives. */
function smooth(
  digit: Uint8Array,
  scale: number,
  left: number,
  top: number,
  width: number,
  height: number,
): GreyImage {
  const at = (u: number, v: number): number => (u >= 0 && u < 28 && v >= 0 && v < 28 ? digit[v * 28 + u]! : 0)
  return image(width, height, (x, y) => {
    const [u, v] = [(x + 0.5 - left) / scale - 0.5, (y + 0.5 - top) / scale - 0.5]
    const [i, j] = [Math.floor(u), Math.floor(v)]
    const [p, q] = [u - i, v - j]
    return (
      (at(i, j) * (1 - p) + at(i + 1, j) * p) * (1 - q) + (at(i, j + 1) * (1 - p) + at(i + 1, j + 1) * p) * q
    )
  })
}

/** Mean over pixels of |a − b|, relative to the mean ink of a: 0 is equal, 2 is disjoint. */
function difference(a: Uint8Array, b: Uint8Array): number {
  const ink = a.reduce((sum, value) => sum + value, 0)
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / ink
}

/** The difference of each digit from what becomes of its image, in ascending order. */
function differences(imageOf: (digit: Uint8Array, i: number) => GreyImage): number[] {
  return digits
    .map((digit, i) => difference(digit, toMnistDigit(imageOf(digit, i))))
    .toSorted((a, b) => a - b)
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

const invert = (grey: GreyImage): GreyImage => ({ ...grey, pixels: grey.pixels.map((value) => 255 - value) })

/** Dark ink on grey paper, with the noise of a sensor. */
function photographed(grey: GreyImage): GreyImage {
  const noise = createRandom(1, 'noise')
  return { ...grey, pixels: grey.pixels.map((value) => 200 - (150 * value) / 255 + 4 * noise.normal()) }
}

describe('fit', () => {
  it('averages areas to shrink, interpolates to enlarge, and keeps the aspect', () => {
    const plane = (width: number, height: number, values: number[]): Plane => ({
      width,
      height,
      values: Float32Array.from(values),
    })
    expect(fit(plane(4, 2, [8, 0, 4, 4, 0, 0, 4, 4]), 2)).toEqual(plane(2, 1, [2, 4]))
    expect(fit(plane(3, 1, [3, 6, 9]), 2)).toEqual(plane(2, 1, [8 / 3, 16 / 3]))
    expect(fit(plane(2, 1, [8, 0]), 4)).toEqual(
      plane(
        4,
        2,
        [6, 6, 2, 0, 6, 6, 2, 0].map((value) => 0.75 * value),
      ),
    )
  })
})

describe('toMnistDigit', () => {
  // A faint rim that is cut off can move the box or the centre by a pixel: in fewer than one digit of fifty.
  it('leaves digits of MNIST as they are', () => {
    const all = differences((pixels) => ({ width: 28, height: 28, pixels }))
    expect(mean(all)).toBeLessThan(0.01)
    expect(all[0.98 * DIGITS]).toBeLessThan(0.05)
  })

  it('undoes enlargement, margins and inversion', () => {
    const all = differences((digit, i) => invert(enlarged(digit, 4, i % 60, 90 - (i % 70), 200, 220)))
    expect(mean(all)).toBeLessThan(0.01)
    expect(all[0.98 * DIGITS]).toBeLessThan(0.05)
  })

  it('brings a soft, noisy, off-centre photo back nearer than a shift by a pixel', () => {
    const all = differences((digit, i) => photographed(smooth(digit, 5.3, i % 60, 80 - (i % 70), 220, 240)))
    const shifted = digits.map((digit) =>
      difference(
        digit,
        Uint8Array.from(digit, (_, i) => digit[i + 1] ?? 0),
      ),
    )
    expect(mean(all)).toBeLessThan(0.6 * mean(shifted))
    expect(all.at(-1)).toBeLessThan(Math.max(...shifted))
  })

  it('gives a noisy ground the value 0', () => {
    // 119×140 with strokes of 14: whole pixels of the box.
    const corner = image(200, 200, (x, y) =>
      x >= 30 && x < 149 && y >= 40 && y < 180 && (x < 44 || y >= 166) ? 255 : 0,
    )
    const digit = toMnistDigit(photographed(corner))
    expect(digit.filter((value) => value > 0 && value < 200)).toHaveLength(0)
    expect(digit.filter((value) => value > 0)).toHaveLength(2 * 20 + 2 * 17 - 4)
  })

  it('enlarges a small drawing to the box of 20', () => {
    const cross = image(30, 30, (x, y) =>
      x >= 5 && x < 14 && y >= 8 && y < 13 && (x === 9 || y === 10) ? 255 : 0,
    )
    const digit = toMnistDigit(cross)
    const columns = Array.from({ length: 28 }, (_, x) => digit.some((value, i) => i % 28 === x && value > 25))
    expect(columns.lastIndexOf(true) - columns.indexOf(true) + 1).toBe(20)
  })

  it('keeps thin strokes bright', () => {
    const line = image(300, 300, (x, y) => (x === 100 && y > 20 && y < 280 ? 255 : 0))
    expect(Math.max(...toMnistDigit(line))).toBe(255)
  })

  it('puts the centre of mass on the middle', () => {
    const seven = image(100, 100, (x, y) =>
      y > 20 && y < 90 && x > 20 && x < 60 && (y < 30 || x > 50) ? 200 : 10,
    )
    const digit = toMnistDigit(seven)
    const mass = digit.reduce((sum, value) => sum + value, 0)
    expect(
      Math.abs(digit.reduce((sum, value, i) => sum + value * (i % 28), 0) / mass - 14),
    ).toBeLessThanOrEqual(0.5)
    expect(
      Math.abs(digit.reduce((sum, value, i) => sum + value * Math.floor(i / 28), 0) / mass - 14),
    ).toBeLessThanOrEqual(0.5)
  })

  it('takes u8 and f32, and does not write to them', () => {
    const pixels = Uint8Array.from(digits[0]!)
    const digit = toMnistDigit({ width: 28, height: 28, pixels })
    expect(digit).toEqual(toMnistDigit({ width: 28, height: 28, pixels: new Float32Array(pixels) }))
    expect(pixels).toEqual(digits[0])
  })

  it.each<[string, GreyImage, string]>([
    [
      'a blank sheet',
      image(50, 50, () => 255),
      'digit: blank: the contrast with the ground of 255 is 0 of 255',
    ],
    ['a single pixel', image(1, 1, () => 9), 'digit: blank'],
    ['noise', photographed(image(200, 200, () => 0)), 'digit: blank'],
    [
      'a size that does not fit',
      { width: 5, height: 5, pixels: new Uint8Array(24) },
      'digit: 24 pixels for an image of 5×5',
    ],
    ['no pixels', { width: 0, height: 0, pixels: new Uint8Array() }, 'digit: 0 pixels for an image of 0×0'],
    [
      'a half width',
      { width: 2.5, height: 2, pixels: new Uint8Array(5) },
      'digit: 5 pixels for an image of 2.5×2',
    ],
    [
      'negative sizes',
      { width: -1, height: -2, pixels: new Uint8Array(2) },
      'digit: 2 pixels for an image of -1×-2',
    ],
    ['values above 255', image(2, 2, (x) => 300 * x), 'digit: pixel 1 is 300, expected 0–255'],
    ['values that are no numbers', image(2, 2, (x, y) => (x + y === 2 ? NaN : 0)), 'digit: pixel 3 is NaN'],
  ])('refuses %s', (_, grey, message) => {
    expect(() => toMnistDigit(grey)).toThrow(DataError)
    expect(() => toMnistDigit(grey)).toThrow(message)
  })
})
