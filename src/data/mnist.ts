/**
 * MNIST from its four files, wherever they come from: the entry points hand in a reader, for a folder in Node and
 * for a server in a page.
 */
import { DataError } from '../errors.ts'
import type { Dataset } from './dataset.ts'
import { gunzip } from './gunzip.ts'
import { loadIdxDataset, type ReadFile } from './idxDataset.ts'

/** Training and test set: u8 features of featureShape [28, 28], class numbers 0–9, outputs 10. */
export interface Mnist {
  /** 60000 examples in MNIST itself. */
  readonly train: Dataset
  /** 10000 examples in MNIST itself. */
  readonly test: Dataset
}

/** How strictly the files are checked. */
export interface VerifyOptions {
  /**
   * Whether the four files must be MNIST's own, by SHA-256; default true. With false, any set in files of the same
   * names and shape is read: Fashion-MNIST, KMNIST.
   */
  readonly verify?: boolean
}

/** Of the four files, not compressed. */
const mnistSha256: Readonly<Record<string, string>> = {
  'train-images-idx3-ubyte': 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
  'train-labels-idx1-ubyte': '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
  't10k-images-idx3-ubyte': '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
  't10k-labels-idx1-ubyte': 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
}

/**
 * MNIST through a reader of the caller's, which is asked for the names `train-images-idx3-ubyte`,
 * `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte` and `t10k-labels-idx1-ubyte`.
 *
 * Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".
 *
 * @throws DataError for a file that is not MNIST's own (unless `verify` is false), is malformed, disagrees with its
 *   partner or has a label outside 0–9, and where the page cannot compute SHA-256
 * @example
 * const mnist = await readMnist(async (name) => new Uint8Array(await files[name].arrayBuffer()))
 */
export async function readMnist(read: ReadFile, { verify = true }: VerifyOptions = {}): Promise<Mnist> {
  const readChecked = verify ? verifying(read) : read
  const [train, test] = await Promise.all([readSet(readChecked, 'train'), readSet(readChecked, 't10k')])
  return { train, test }
}

async function readSet(read: ReadFile, prefix: 'train' | 't10k'): Promise<Dataset> {
  const images = `${prefix}-images-idx3-ubyte`
  const set = await loadIdxDataset(read, { images, labels: `${prefix}-labels-idx1-ubyte`, classes: 10 })
  const shape = set.featureShape.join('×')
  if (shape !== '28×28') throw new DataError(`${images}: images are ${shape}, expected 28×28`)
  return set
}

function verifying(read: ReadFile): ReadFile {
  return async (name) => {
    const bytes = await gunzip(await read(name), name)
    const [actual, expected] = [await sha256(bytes, name), mnistSha256[name]]
    if (actual === expected) return bytes
    throw new DataError(
      `${name}: SHA-256 is ${actual}, expected ${expected ?? 'a file of MNIST'}; ` +
        `fetch the file again, or pass verify: false for another set such as Fashion-MNIST`,
    )
  }
}

async function sha256(bytes: Uint8Array, name: string): Promise<string> {
  // The DOM's types promise it, but pages on plain http do not have it.
  const subtle = crypto.subtle as SubtleCrypto | undefined
  if (subtle === undefined) {
    throw new DataError(
      `${name}: cannot be verified, crypto.subtle is missing (insecure context); ` +
        `serve the page over https or from localhost, or pass verify: false`,
    )
  }
  // Only shared memory must be copied.
  const own = bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes)
  const digest = new Uint8Array(await subtle.digest('SHA-256', own))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
