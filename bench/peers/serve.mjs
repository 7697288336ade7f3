/** Serves the repository to a page on this machine, cross-origin isolated, so that the peers' wasm may use threads. */
import { createReadStream, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'

const types = { '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm' }

/**
 * @param {string} root folder whose files are served
 * @param {(query: URLSearchParams) => string} index what `/` is
 * @returns {Promise<{ url: string, close: () => void }>}
 */
export function serve(root, index) {
  const server = createServer((request, response) => {
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp')
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    if (pathname === '/') {
      response.setHeader('Content-Type', 'text/html; charset=utf-8').end(index(searchParams))
      return
    }
    // A URL has no `..` left once it is parsed; one that comes in percent signs is caught here.
    const file = join(root, normalize(decodeURIComponent(pathname)))
    if (!file.startsWith(root) || !statSync(file, { throwIfNoEntry: false })?.isFile()) {
      response.writeHead(404).end()
      return
    }
    response.setHeader('Content-Type', types[extname(file)] ?? 'application/octet-stream')
    createReadStream(file).pipe(response)
  })
  return new Promise((resolve) => {
    server.listen(0, 'localhost', () => {
      resolve({ url: `http://localhost:${server.address().port}/`, close: () => server.close() })
    })
  })
}
