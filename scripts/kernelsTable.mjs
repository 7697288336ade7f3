/** Writes the table of guides/kernels.md anew: every case of test/cases.ts runs on this machine's adapter. Wants a build. */
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { format, resolveConfig } from 'prettier'
import { runnerImport } from 'vite'
import { openDevice } from '../dist/node/index.js'

const root = resolve(import.meta.dirname, '..')
const guide = resolve(root, 'guides/kernels.md')
const heading = '## Errors and memory\n'

const { module } = await runnerImport(resolve(root, 'test/support/kernelTable.ts'), {
  root,
  configFile: false,
})
const gpu = await openDevice()
const table = await module.kernelTable(gpu)
gpu.dispose()
const [text] = readFileSync(guide, 'utf8').split(heading)
const written = `${text}${heading}\n${table}\n`
writeFileSync(guide, await format(written, { ...(await resolveConfig(guide)), parser: 'markdown' }))
