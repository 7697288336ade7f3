import { beforeAll, describe, expect, it } from 'vitest'
import { toMnistDigit, type GreyImage } from '../../src/data/digit.ts'
import { DataError } from '../../src/errors.ts'
import { loadMnist } from '../../src/node/mnist.ts'
import { createRandom } from '../../src/random.ts'

const DIGITS = 50
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

/** [mean, worst] difference over the digits. */
function differences(change: (digit: Uint8Array, i: number) => GreyImage): [number, number] {
  const all = digits.map((digit, i) => difference(digit, toMnistDigit(change(digit, i))))
  return [all.reduce((sum, value) => sum + value, 0) / all.length, Math.max(...all)]
}

const invert = (grey: GreyImage): GreyImage => ({ ...grey, pixels: grey.pixels.map((value) => 255 - value) })

/** Dark ink on grey paper, with the noise of a sensor. */
function photographed(grey: GreyImage): GreyImage {
  const noise = createRandom(1, 'noise')
  return { ...grey, pixels: grey.pixels.map((value) => 200 - (150 * value) / 255 + 4 * noise.normal()) }
}

describe('toMnistDigit', () => {
  it('leaves digits of MNIST as they are', () => {
    const [mean, worst] = differences((pixels) => ({ width: 28, height: 28, pixels }))
    expect(mean).toBeLessThan(0.005)
    expect(worst).toBeLessThan(0.05)
  })

  it('undoes enlargement, margins and inversion', () => {
    const [mean, worst] = differences((digit, i) => invert(enlarged(digit, 4, 10 + i, 90 - i, 200, 220)))
    expect(mean).toBeLessThan(0.005)
    expect(worst).toBeLessThan(0.05)
  })

  it('brings a soft, noisy, off-centre photo back within a pixel', () => {
    const [mean, worst] = differences((digit, i) =>
      photographed(smooth(digit, 5.3, 10 + i, 70 - i, 220, 240)),
    )
    const shifted = digits.map((digit) =>
      difference(
        digit,
        Uint8Array.from(digit, (_, i) => digit[i + 1] ?? 0),
      ),
    )
    expect(mean).toBeLessThan(0.6 * (shifted.reduce((sum, value) => sum + value, 0) / DIGITS))
    expect(worst).toBeLessThan(Math.max(...shifted))
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
    ['values above 255', image(2, 2, (x) => 300 * x), 'digit: pixel 1 is 300, expected 0–255'],
    ['values that are no numbers', image(2, 2, (x, y) => (x + y === 2 ? NaN : 0)), 'digit: pixel 3 is NaN'],
  ])('refuses %s', (_, grey, message) => {
    expect(() => toMnistDigit(grey)).toThrow(DataError)
    expect(() => toMnistDigit(grey)).toThrow(message)
  })
})
