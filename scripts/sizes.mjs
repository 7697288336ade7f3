/**
 * What the library adds to a page: each import below, bundled as a user's would be (Rolldown, which is what Vite uses,
 * without what Vite adds to a page of its own), minified and compressed, against its budget. That is what a page
 * downloads before its own code runs. Where a call loads chunks, so is what a GPU needs of them, all in all; the rest
 * (kernels for processors, what tunes, profiles or reads) is told. Fails where one is over. Wants a build.
 */
import { resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'rolldown'

/** Budgets in bytes: before a call; and where there are calls to load for, with the chunks of these names. */
const imports = [
  { code: "export * from 'wgrad'", budget: 20_300 },
  {
    code: "export { adam, dense, fit, openDevice, relu, sequential } from 'wgrad'",
    budget: 9_000,
    called: { chunks: ['training', 'gpu'], budget: 30_300 },
  },
  { code: "export { softmax } from 'wgrad/kernels'", budget: 5_300 },
  {
    code: "export { bias, matmul, relu } from 'wgrad/kernels'",
    budget: 5_700,
    called: { chunks: ['gpu'], budget: 8_300 },
  },
  { code: "export { loadMnist } from 'wgrad/mnist'", budget: 3_200 },
]

for (const { code, budget, called } of imports) {
  const chunks = await bundle(code)
  const first = loaded(
    chunks,
    chunks.filter(({ isEntry }) => isEntry),
  )
  check(`minified and gzip: ${code}`, first, budget)
  if (called !== undefined) {
    const begun = loaded(
      chunks,
      chunks.filter((chunk) => first.includes(chunk) || called.chunks.includes(chunk.name)),
    )
    check(`  once it is called on a GPU (${called.chunks.join(', ')})`, begun, called.budget)
  }
  const others = chunks.filter((chunk) => !first.includes(chunk) && !called?.chunks.includes(chunk.name))
  const rest = others.map((chunk) => `${chunk.name} ${format(sizeOf([chunk]))}`)
  if (rest.length > 0) console.log(`${' '.repeat(25)}  more where they are called for: ${rest.join(', ')}`)
}

/**
 * Chunks and what they import before they run.
 * @param {readonly import('rolldown').OutputChunk[]} chunks
 * @param {readonly import('rolldown').OutputChunk[]} wanted
 */
function loaded(chunks, wanted) {
  const all = new Set(wanted)
  for (const { imports } of all) {
    for (const chunk of chunks) if (imports.includes(chunk.fileName)) all.add(chunk)
  }
  return [...all]
}

/**
 * @param {string} what
 * @param {readonly import('rolldown').OutputChunk[]} chunks
 * @param {number} budget
 */
function check(what, chunks, budget) {
  const size = sizeOf(chunks)
  const isOver = size > budget
  console.log(`${format(size).padStart(7)} ${isOver ? 'OVER' : 'of'} ${format(budget)} bytes, ${what}`)
  if (isOver) process.exitCode = 1
}

/** @param {readonly import('rolldown').OutputChunk[]} chunks */
function sizeOf(chunks) {
  return chunks.reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0)
}

/** @param {number} bytes */
function format(bytes) {
  return bytes.toLocaleString('en')
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
