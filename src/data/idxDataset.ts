/** From a folder of IDX files, wherever it is, to datasets: pairs of images and labels as MNIST made them common. */
import { DataError } from '../errors.ts'
import { datasetOf, type Dataset } from './dataset.ts'
import { hex, parseIdx, type Idx } from './idx.ts'

/** Gives the bytes of the file of that name, plain or gzipped: from a folder, a server, a file picker. */
export type ReadFile = (name: string) => Promise<Uint8Array>

/** Names of the files of a dataset in IDX form. */
export interface IdxFiles {
  /** Name of the file with the images, [count, height, width]. */
  readonly images: string
  /** Name of the file with the labels, [count]. */
  readonly labels: string
  /** Number of classes. */
  readonly classes: number
}

/**
 * Images with their labels as a dataset of u8 features, featureShape [height, width].
 *
 * @throws DataError for files that are no IDX files of that rank, disagree in their counts or hold nothing, and for
 *   a label outside 0 … classes − 1
 * @example
 * const letters = await loadIdxDataset(read, { images: 'letters-images', labels: 'letters-labels', classes: 27 })
 */
export async function loadIdxDataset(read: ReadFile, files: IdxFiles): Promise<Dataset> {
  const [images, labels] = await Promise.all([
    read(files.images).then((bytes) => parseIdx(bytes, files.images)),
    read(files.labels).then((bytes) => parseIdx(bytes, files.labels)),
  ])
  checkRank(images, 3, files.images)
  checkRank(labels, 1, files.labels)
  const [count = 0, height = 0, width = 0] = images.shape
  if (count !== labels.data.length) {
    throw new DataError(
      `${files.labels}: ${labels.data.length} labels for the ${count} images of ${files.images}; do they belong together?`,
    )
  }
  if (images.data.length === 0) {
    throw new DataError(`${files.images}: ${count} images of ${height}×${width}, expected at least one pixel`)
  }
  return datasetOf({
    features: images.data,
    featureShape: [height, width],
    targets: labels.data,
    classes: files.classes,
    name: files.labels,
  })
}

const kinds: Readonly<Record<number, string>> = { 1: 'labels', 3: 'images' }

function checkRank({ shape }: Idx, rank: 1 | 3, name: string): void {
  if (shape.length === rank) return
  const actual = kinds[shape.length]
  const doubt = actual === undefined ? '' : `; is this the ${actual} file?`
  const magic = `magic number is ${hex(0x0800 + shape.length, 8)}, expected ${hex(0x0800 + rank, 8)}`
  throw new DataError(`${name}: ${magic} (${kinds[rank] ?? ''})${doubt}`)
}
