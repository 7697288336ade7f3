/** A digit from a file, as features for the model and as text for the terminal. */
import { readFile } from 'node:fs/promises'
import { type GreyImage, toMnistDigit } from '../data/digit.ts'
import { DataError } from '../errors.ts'
import { decodePng, isPng } from '../node/png.ts'

/**
 * The digit in a PNG or a raw file of 28×28 bytes.
 *
 * @param asIs take the pixels as they are (white on black, 28×28) instead of making them like MNIST's
 * @returns [28, 28] u8
 * @throws DataError for a file that is missing, is no such image, or is blank
 */
export async function readDigit(path: string, asIs: boolean): Promise<Uint8Array<ArrayBuffer>> {
  const image = readImage(await readBytes(path), path)
  if (!asIs) return within(path, () => toMnistDigit(image))
  if (image.width === FIELD && image.height === FIELD) return new Uint8Array(image.pixels)
  throw new DataError(
    `${path}: ${image.width}×${image.height} pixels, expected ${FIELD}×${FIELD}; leave out --as-is to have it scaled`,
  )
}

/** What the model sees, two rows of pixels to a line: lines of 28 characters, without the empty ones around. */
export function drawDigit(pixels: Uint8Array): string[] {
  const lines = Array.from({ length: FIELD / 2 }, (_, line) =>
    Array.from({ length: FIELD }, (_, x) => {
      const [upper = 0, lower = 0] = [pixels[2 * line * FIELD + x], pixels[(2 * line + 1) * FIELD + x]]
      return shades[Math.ceil(((shades.length - 1) * (upper + lower)) / 510)]
    }).join(''),
  )
  const isInk = (line: string): boolean => line.trim() !== ''
  return lines.slice(Math.max(0, lines.findIndex(isInk)), lines.findLastIndex(isInk) + 1)
}

const FIELD = 28
const shades = ' .:-=+*#%@'

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    throw new DataError(`${path}: ${isMissing ? 'no such file' : `cannot be read (${String(cause)})`}`, {
      cause,
    })
  }
}

function readImage(bytes: Uint8Array, path: string): GreyImage {
  if (isPng(bytes)) return decodePng(bytes, path)
  if (bytes.length === FIELD * FIELD) return { width: FIELD, height: FIELD, pixels: bytes }
  throw new DataError(
    `${path}: ${bytes.length} bytes, neither a PNG nor a raw file of ${FIELD}×${FIELD} = ${FIELD * FIELD} bytes`,
  )
}

/** The library does not know file names; its errors say "digit". */
function within<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof DataError) throw new DataError(`${path}: ${error.message}`, { cause: error })
    throw error
  }
}
