/** PNG files from paint programs and cameras become grey images; what is no image is refused. */
import { PNG } from 'pngjs'
import { describe, expect, it } from 'vitest'
import { DataError } from '../../src/errors.ts'
import { decodePng, encodePng } from '../../src/node/png.ts'

/** A PNG of 1×n pixels, each [r, g, b, a]. */
function pngOf(...colors: [number, number, number, number][]): Uint8Array {
  const png = new PNG({ width: colors.length, height: 1 })
  png.data.set(colors.flat())
  return PNG.sync.write(png)
}

describe('decodePng', () => {
  it('gives back what encodePng was given', () => {
    const pixels = Uint8Array.from({ length: 6 }, (_, i) => 51 * i)
    const image = decodePng(encodePng({ width: 3, height: 2, pixels }), 'grey.png')
    expect(image).toEqual({ width: 3, height: 2, pixels })
  })

  it('weighs colours as the eye does', () => {
    const { pixels } = decodePng(pngOf([255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255]), 'rgb.png')
    expect([...pixels]).toEqual([54, 182, 18])
  })

  it('puts transparent pixels behind the ink: light under dark strokes, dark under light ones', () => {
    expect([...decodePng(pngOf([0, 0, 0, 255], [0, 0, 0, 0]), 'dark.png').pixels]).toEqual([0, 255])
    expect([...decodePng(pngOf([255, 255, 255, 255], [0, 0, 0, 0]), 'light.png').pixels]).toEqual([255, 0])
  })

  it('refuses what is no PNG, is cut off, or would not fit into memory', () => {
    const whole = pngOf([1, 2, 3, 255])
    expect(() => decodePng(new Uint8Array(784), 'raw')).toThrow(new DataError('raw: not a PNG file'))
    expect(() => decodePng(whole.subarray(0, -20), 'cut.png')).toThrow(/^cut\.png: damaged PNG file/)
    const huge = new Uint8Array(whole)
    new DataView(huge.buffer).setUint32(16, 1_000_000)
    new DataView(huge.buffer).setUint32(20, 1_000_000)
    expect(() => decodePng(huge, 'huge.png')).toThrow(/^huge\.png: 1000000×1000000 pixels, at most 16777216/)
  })
})
