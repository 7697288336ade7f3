/** Serves a folder to a browser on this machine, for tests and benchmarks. */
import { createReadStream, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
}

/**
 * @param {string} root folder whose files are served
 * @param {{
 *   index?: (query: URLSearchParams) => string,
 *   prefix?: string,
 *   headers?: Readonly<Record<string, string>>,
 * }} [options] `index` is what the start page is, default the folder's index.html; `prefix` is the path that the folder
 *   is served under, default `/`
 * @returns {Promise<{ url: string, close: () => void }>}
 */
export function serve(root, { index, prefix = '/', headers = {} } = {}) {
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    if (pathname === prefix && index !== undefined) {
      response.setHeader('Content-Type', types['.html']).end(index(searchParams))
      return
    }
    // A URL has no `..` left once it is parsed; one that comes in percent signs is caught here.
    const name = pathname === prefix ? 'index.html' : decodeURIComponent(pathname.slice(prefix.length))
    const file = join(root, normalize(name))
    const found = pathname.startsWith(prefix) && file.startsWith(root)
    const size = found ? statSync(file, { throwIfNoEntry: false }) : undefined
    if (!size?.isFile()) {
      response.writeHead(404).end()
      return
    }
    response.setHeader('Content-Type', types[extname(file)] ?? 'application/octet-stream')
    response.setHeader('Content-Length', size.size)
    createReadStream(file).pipe(response)
  })
  return new Promise((resolve) => {
    server.listen(0, 'localhost', () => {
      resolve({
        url: `http://localhost:${server.address().port}${prefix}`,
        close: () => {
          server.closeAllConnections()
          server.close()
        },
      })
    })
  })
}

/** Makes a page cross-origin isolated, so that wasm may use threads. */
export const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}
