/**
 * A drawn or photographed digit in the form of MNIST's, which a model that was trained on MNIST needs: white on black,
 * in a box of 20×20, its centre of mass in the middle of 28×28.
 */
import { DataError } from '../errors.ts'
import { crop, fit, type Plane } from './resample.ts'

/** Grey pixels, 0 black to 255 white. */
export interface GreyImage {
  readonly width: number
  readonly height: number
  /** [height, width], row-major, 0–255. */
  readonly pixels: Uint8Array | Float32Array
}

/**
 * Makes ink bright on a black ground, cuts away noise and margins, and scales and centres the rest as MNIST does
 * (LeCun, Cortes, Burges, "The MNIST database": aspect kept in a 20×20 box, centre of mass at the centre of 28×28).
 * The ground is the median of the image's border; so the digit should not fill the border.
 *
 * @returns [28, 28] u8
 * @throws DataError for an image that is blank or has hardly more contrast than noise, for a size that does not fit
 *   the pixels, and for values outside 0–255
 * @example
 * const features = toMnistDigit({ width: 280, height: 280, pixels: greyOfCanvas })
 */
export function toMnistDigit(image: GreyImage): Uint8Array<ArrayBuffer> {
  checkImage(image)
  return centre(fit(crop(extractInk(image), INK_EDGE), BOX))
}

const FIELD = 28
const BOX = 20
/** The pixel on which the centres of mass of MNIST's images lie, 14 ± 0.5 in both directions. */
const MIDDLE = 14
/**
 * The box begins at this part of the strongest ink. Too low, blur widens it; too high, the faint rims of MNIST's own
 * digits are cut off. At 0, 0.1, 0.2, 0.4 the digits of test/node/digit.test.ts come back with 38, 31, 30, 27 % of
 * their ink displaced when enlarged softly, and with 0.05, 0.4, 0.7, 3.6 % when they are MNIST's own.
 */
const INK_EDGE = 0.2
/** The least difference between ink and ground, of 255, that is not called blank. */
const LEAST_CONTRAST = 8

function checkImage({ width, height, pixels }: GreyImage): void {
  const isSize = [width, height].every((side) => Number.isInteger(side) && side > 0)
  if (!isSize || pixels.length !== width * height) {
    throw new DataError(`digit: ${pixels.length} pixels for an image of ${width}×${height}`)
  }
  for (let i = 0; i < pixels.length; i++) {
    const value = pixels[i] ?? NaN
    if (!(value >= 0 && value <= 255)) throw new DataError(`digit: pixel ${i} is ${value}, expected 0–255`)
  }
}

/** How much each pixel differs from the ground, where that is more than noise. */
function extractInk({ width, height, pixels }: GreyImage): Plane {
  const border = borderOf({ width, height, pixels })
  const ground = quantile(border, 0.5)
  let [darkest, brightest] = [255, 0]
  for (const value of pixels) {
    darkest = Math.min(darkest, value)
    brightest = Math.max(brightest, value)
  }
  const sign = ground - darkest > brightest - ground ? -1 : 1
  const contrast = Math.max(ground - darkest, brightest - ground)
  // Three times the 0.9 quantile is almost five standard deviations of normal noise, and a few ink pixels on the
  // border do not move it.
  const deviations = border.map((value) => Math.abs(value - ground))
  const noise = 3 * quantile(deviations, 0.9)
  if (contrast < Math.max(LEAST_CONTRAST, 2 * noise)) {
    const found = `the contrast with the ground of ${ground} is ${contrast} of 255, noise reaches ${noise}`
    throw new DataError(`digit: blank: ${found}; draw larger strokes, or photograph with more light`)
  }
  const values = new Float32Array(pixels).map((value) => {
    const ink = sign * (value - ground)
    return ink > noise ? ink : 0
  })
  return { width, height, values }
}

function borderOf({ width, height, pixels }: GreyImage): Float32Array {
  const rows = [...pixels.subarray(0, width), ...pixels.subarray(-width)]
  const sides = Array.from({ length: height }, (_, y) => [
    pixels[y * width] ?? 0,
    pixels[(y + 1) * width - 1] ?? 0,
  ])
  return Float32Array.from([...rows, ...sides.flat()])
}

function quantile(values: Float32Array, q: number): number {
  return values.toSorted()[Math.floor(q * (values.length - 1))] ?? 0
}

/**
 * Stretches to 255 (thin strokes fade as they shrink) and puts the centre of mass on the middle, as near as whole
 * pixels and the edges of the field allow.
 */
function centre({ width, height, values }: Plane): Uint8Array<ArrayBuffer> {
  let [mass, massX, massY, strongest] = [0, 0, 0, 0]
  values.forEach((value, i) => {
    mass += value
    massX += value * (i % width)
    massY += value * Math.floor(i / width)
    strongest = Math.max(strongest, value)
  })
  const left = clamp(Math.round(MIDDLE - massX / mass), 0, FIELD - width)
  const top = clamp(Math.round(MIDDLE - massY / mass), 0, FIELD - height)
  const field = new Uint8Array(FIELD * FIELD)
  values.forEach((value, i) => {
    field[(top + Math.floor(i / width)) * FIELD + left + (i % width)] = Math.round((255 * value) / strongest)
  })
  return field
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high)
}
