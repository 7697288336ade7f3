/** The programs of the README and the guides run as they stand, against the built package, and the commands too. */
import { exec, execFile } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commandsOf, programsOf } from '../support/programs.ts'

const root = join(import.meta.dirname, '../..')
// Inside the package, so that `import 'wgrad'` finds it as a user's project would.
const folder = join(root, 'runs/.readme')
// Its programs run in a browser and in Deno: test/consumers/.
const elsewhere = 'guides/browser.md'
const guides = readdirSync(join(root, 'guides')).map((file) => `guides/${file}`)
const documents = ['README.md', ...guides].filter((document) => document !== elsewhere)

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

test('the README and every guide have sample programs', () => {
  const empty = [...documents, elsewhere].filter((document) => programsOf(document).length === 0)
  expect(empty).toEqual([])
})

describe.each(documents)('%s', (document) => {
  const programs = programsOf(document)
  const place = join(folder, document)

  beforeAll(() => {
    mkdirSync(place, { recursive: true })
    for (const { file, code } of programs) writeFileSync(join(place, file), code)
  })

  test.each(programs)('$file runs', async ({ file, code, shown }) => {
    const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: place })
    for (const text of shown) expect(stdout).toContain(text)
    const accuracy = /accuracy (0\.\d+)/.exec(stdout)?.[1]
    if (code.includes('accuracy ')) expect(Number(accuracy)).toBeGreaterThan(0.94)
  })

  test.each(commandsOf(document))('%s', async (command) => {
    const program = `"${process.execPath}" "${join(root, 'dist/cli/main.js')}"`
    // What is tuned here is kept here.
    const env = { ...process.env, XDG_CACHE_HOME: place }
    await promisify(exec)(command.replace('npx wgrad', program), { cwd: place, env })
  })
})

test('an op and a loss of one’s own take fewer than 30 lines each', () => {
  for (const { file, code } of programsOf('guides/custom-op.md')) {
    if (!file.startsWith('program')) expect(code.split('\n').length, file).toBeLessThan(30)
  }
})
