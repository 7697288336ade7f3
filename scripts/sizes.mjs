/**
 * What the library adds to a page: each import below, bundled as a user's would be, minified and compressed, against its
 * budget. Fails where one is over. Wants a build.
 */
import { resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'

/** Budgets in bytes. */
const imports = [
  { code: "export * from 'wgrad'", budget: 38_500 },
  { code: "export { adam, dense, fit, openDevice, relu, sequential } from 'wgrad'", budget: 29_500 },
  { code: "export { softmax } from 'wgrad/kernels'", budget: 6_000 },
  { code: "export { bias, matmul, relu } from 'wgrad/kernels'", budget: 10_000 },
  { code: "export { loadMnist } from 'wgrad/mnist'", budget: 3_500 },
]

for (const { code, budget } of imports) {
  const size = gzipSync(await bundle(code), { level: 9 }).length
  const verdict = `${size > budget ? 'OVER' : 'of'} ${budget.toLocaleString('en')} bytes`
  console.log(`${size.toLocaleString('en').padStart(7)} ${verdict}, minified and gzip: ${code}`)
  if (size > budget) process.exitCode = 1
}

/** @param {string} code */
async function bundle(code) {
  const root = resolve(import.meta.dirname, '..')
  const entry = resolve(root, 'entry.js')
  const only = (id) => id === entry
  const { output } = await build({
    root,
    configFile: false,
    logLevel: 'error',
    plugins: [
      {
        name: 'entry',
        resolveId: (id) => (only(id) ? id : undefined),
        load: (id) => (only(id) ? code : undefined),
      },
    ],
    build: {
      write: false,
      target: 'esnext',
      modulePreload: false,
      rolldownOptions: { input: entry, preserveEntrySignatures: 'strict' },
    },
  })
  return output[0].code
}
