/** PNG files as grey images and back, for digits that come from a paint program or a camera, and for the report. */
import { PNG } from 'pngjs'
import type { GreyImage } from '../data/digit.ts'
import { DataError } from '../errors.ts'

/** Whether the bytes begin like a PNG file: PNG (third edition), section 5.2. */
export function isPng(bytes: Uint8Array): boolean {
  return signature.every((byte, i) => bytes[i] === byte)
}

/**
 * A PNG as grey pixels (Rec. 709 luma). What is transparent becomes a ground that the rest stands out from: black
 * under light pixels, white under dark ones.
 *
 * @param name what errors call the file
 * @throws DataError for a file that is no PNG, is damaged, or has more than 16 million pixels
 * @example
 * const image = decodePng(await readFile('seven.png'), 'seven.png')
 */
export function decodePng(bytes: Uint8Array, name: string): GreyImage {
  checkSize(bytes, name)
  let png: PNG
  try {
    png = PNG.sync.read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  } catch (cause) {
    throw new DataError(`${name}: damaged PNG file (${String(cause)}); save it again`, { cause })
  }
  const { width, height, data } = png
  return { width, height, pixels: flattenAlpha(data) }
}

/**
 * Grey pixels as the bytes of a PNG file of 8 bits.
 *
 * @example
 * await writeFile('seven.png', encodePng({ width: 28, height: 28, pixels }))
 */
export function encodePng({ width, height, pixels }: GreyImage): Uint8Array {
  const png = new PNG({ width, height })
  pixels.forEach((value, i) => {
    png.data.set([value, value, value, 255], 4 * i)
  })
  return PNG.sync.write(png, { colorType: 0 })
}

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
const MAX_PIXELS = 2 ** 24

/** Before the decoder allocates what the header asks for. */
function checkSize(bytes: Uint8Array, name: string): void {
  if (!isPng(bytes) || bytes.length < 24) throw new DataError(`${name}: not a PNG file`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const [width, height] = [view.getUint32(16), view.getUint32(20)]
  if (width * height <= MAX_PIXELS) return
  throw new DataError(`${name}: ${width}×${height} pixels, at most ${MAX_PIXELS} are read; scale it down`)
}

function flattenAlpha(rgba: Uint8Array): Uint8Array {
  const count = rgba.length / 4
  const luma = new Float32Array(count)
  const alpha = new Float32Array(count)
  let [light, cover] = [0, 0]
  for (let i = 0; i < count; i++) {
    const [r = 0, g = 0, b = 0, a = 0] = rgba.subarray(4 * i, 4 * i + 4)
    const [y, opacity] = [0.2126 * r + 0.7152 * g + 0.0722 * b, a / 255]
    luma[i] = y
    alpha[i] = opacity
    light += y * opacity
    cover += opacity
  }
  const ground = light > 127.5 * cover ? 0 : 255
  return Uint8Array.from(luma, (y, i) => {
    const opacity = alpha[i] ?? 1
    return Math.round(y * opacity + ground * (1 - opacity))
  })
}
