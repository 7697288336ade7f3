/**
 * What the library adds to a page: each import below, bundled as a user's would be (Rolldown, which is what Vite uses,
 * without what Vite adds to a page of its own), minified and compressed, against its budget. That is what a page
 * downloads before its own code runs. Chunks that are imported when something is called for are printed beside it: of the
 * kernels for processors and those for GPUs, a page needs one. Fails where an import is over. Wants a build.
 */
import { resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'rolldown'

/** Budgets in bytes. */
const imports = [
  { code: "export * from 'wgrad'", budget: 37_200 },
  { code: "export { adam, dense, fit, openDevice, relu, sequential } from 'wgrad'", budget: 30_300 },
  { code: "export { softmax } from 'wgrad/kernels'", budget: 5_900 },
  { code: "export { bias, matmul, relu } from 'wgrad/kernels'", budget: 9_700 },
  { code: "export { loadMnist } from 'wgrad/mnist'", budget: 3_200 },
]

for (const { code, budget } of imports) {
  const chunks = await bundle(code)
  const first = loadedFirst(chunks)
  const size = sizeOf(first)
  const later = sizeOf(chunks.filter((chunk) => !first.includes(chunk)))
  const verdict = `${size > budget ? 'OVER' : 'of'} ${budget.toLocaleString('en')} bytes`
  const rest = later > 0 ? ` (${later.toLocaleString('en')} more where they are called for)` : ''
  console.log(`${size.toLocaleString('en').padStart(7)} ${verdict}, minified and gzip: ${code}${rest}`)
  if (size > budget) process.exitCode = 1
}

/**
 * The entry and what it imports before it runs.
 * @param {readonly import('rolldown').OutputChunk[]} chunks
 */
function loadedFirst(chunks) {
  const first = new Set(chunks.filter(({ isEntry }) => isEntry))
  for (const { imports } of first) {
    for (const chunk of chunks) if (imports.includes(chunk.fileName)) first.add(chunk)
  }
  return [...first]
}

/** @param {readonly import('rolldown').OutputChunk[]} chunks */
function sizeOf(chunks) {
  return chunks.reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0)
}

/** @param {string} code */
async function bundle(code) {
  const entry = 'entry.js'
  const { output } = await build({
    cwd: resolve(import.meta.dirname, '..'),
    input: entry,
    platform: 'browser',
    preserveEntrySignatures: 'allow-extension',
    plugins: [
      {
        name: 'entry',
        resolveId: (id) => (id === entry ? id : undefined),
        load: (id) => (id === entry ? code : undefined),
      },
    ],
    output: { minify: true, comments: false },
    write: false,
  })
  return output.filter(({ type }) => type === 'chunk')
}
