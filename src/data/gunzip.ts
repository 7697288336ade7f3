/** Below the readers of data files: those arrive plain or gzipped, whatever their names say, and leave plain. */
import { DataError } from '../errors.ts'
import { readStream } from './stream.ts'

/** The largest file to read, inflated or as its header claims: a megabyte of gzip can claim to hold a gigabyte. */
export const MAX_FILE_BYTES = 2 ** 30

/**
 * The bytes themselves, or what is inside of them where they begin with gzip's magic number (RFC 1952 § 2.3.1).
 *
 * @param name what errors call the file
 * @throws DataError for gzip that is damaged, cut off or larger than 1 GiB inside
 * @example
 * const plain = await gunzip(bytes, 'train-images-idx3-ubyte.gz')
 */
export async function gunzip(bytes: Uint8Array, name: string): Promise<Uint8Array> {
  const gzipped = bytes[0] === 0x1f && bytes[1] === 0x8b
  return gzipped ? await inflate(bytes, name) : bytes
}

async function inflate(bytes: Uint8Array, name: string): Promise<Uint8Array> {
  const stream = new Blob([new Uint8Array(bytes)]).stream().pipeThrough(new DecompressionStream('gzip'))
  try {
    return await readStream(stream, (count) => {
      if (count > MAX_FILE_BYTES)
        throw new DataError(`${name}: inflates to more than ${MAX_FILE_BYTES} bytes`)
    })
  } catch (cause) {
    if (cause instanceof DataError) throw cause
    const what = `the gzip stream of ${bytes.length} bytes is damaged or cut off`
    throw new DataError(`${name}: ${what}; fetch the file again`, { cause })
  }
}
