/** A folder of data files on a server, as a reader for the loaders. */
import { DataError } from '../errors.ts'
import type { ReadFile } from './idxDataset.ts'
import { readStream } from './stream.ts'

/** Told as files arrive; all counts are over all files asked for so far. */
export interface Progress {
  /** Bytes read. */
  readonly loadedBytes: number
  /** Bytes to read; null until every file has answered, and where a server does not tell. */
  readonly totalBytes: number | null
}

export interface FetchOptions {
  /** Whether to ask for `name.gz` first, a fifth of the bytes, then for `name`; default true. False: `name` alone. */
  readonly gzip?: boolean
  /** Ends the downloads; the loader then rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /** Told how far the download of a file is. */
  readonly onProgress?: (progress: Progress) => void
}

/**
 * A reader of the files below a URL, which a page may give relative to itself.
 *
 * Its promises reject with a DataError that names the URL where a file is missing or the server does not answer.
 *
 * @example
 * const read = fetchFiles('/mnist', { gzip: false })
 * const bytes = await read('t10k-labels-idx1-ubyte')
 */
export function fetchFiles(from: string | URL, options: FetchOptions = {}): ReadFile {
  const { gzip = true, signal } = options
  const folder = String(from).replace(/\/*$/, '/')
  const progress = trackProgress(options.onProgress)
  return async (name) => {
    const urls = [...(gzip ? [`${folder}${name}.gz`] : []), `${folder}${name}`]
    const report = progress(name)
    const failures: string[] = []
    for (const url of urls) {
      try {
        const response = await fetch(url, signal ? { signal } : {})
        const failure = failureOf(response)
        if (failure === null) return await readBody(response, report)
        failures.push(`${url}: ${failure}`)
      } catch (cause) {
        // Networks fail with a TypeError; the rest is the signal's reason, or thrown by onProgress.
        if (!(cause instanceof TypeError)) throw cause
        throw new DataError(`${url}: the download failed (${String(cause)}); is the server reachable?`, {
          cause,
        })
      }
    }
    throw new DataError(
      `${failures.join(', ')}; put the files there, plain or as .gz, or pass another \`from\``,
    )
  }
}

function failureOf(response: Response): string | null {
  if (!response.ok) return `HTTP ${response.status}`
  // Development servers answer with the start page where a file is missing.
  const isPage = response.headers.get('content-type')?.startsWith('text/html')
  return isPage === true ? 'a web page, not a data file' : null
}

type Report = (loaded: number, total: number) => void

async function readBody(response: Response, report: Report): Promise<Uint8Array> {
  // Where the transfer is compressed, content-length counts other bytes than those that arrive here.
  const isSame = !response.headers.has('content-encoding')
  const total = Number((isSame ? response.headers.get('content-length') : null) ?? NaN)
  report(0, total)
  if (response.body === null) return new Uint8Array()
  return readStream(response.body, (count) => {
    report(count, total)
  })
}

/** Adds up over files; a total that is not known (yet) is NaN, which makes the sum NaN. */
function trackProgress(onProgress: FetchOptions['onProgress']): (name: string) => Report {
  const files = new Map<string, { loaded: number; total: number }>()
  return (name) => {
    files.set(name, { loaded: 0, total: NaN })
    return (loaded, total) => {
      files.set(name, { loaded, total })
      const all = [...files.values()]
      const totalBytes = all.reduce((sum, file) => sum + file.total, 0)
      onProgress?.({
        loadedBytes: all.reduce((sum, file) => sum + file.loaded, 0),
        totalBytes: Number.isNaN(totalBytes) ? null : totalBytes,
      })
    }
  }
}
