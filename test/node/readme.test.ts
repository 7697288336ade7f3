/**
 * The programs of the README and the guides run as they stand, against the built package; only the number of epochs of
 * MNIST is cut to one. A program whose first line is a file's name is that file, for the others to import.
 */
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
// Inside the package, so that `import 'wgrad'` finds it as a user's project would.
const folder = join(root, 'runs/.readme')
const guides = readdirSync(join(root, 'guides')).map((file) => `guides/${file}`)
// A guide may be prose alone.
const documents = ['README.md', ...guides].filter((document) => programsOf(document).length > 0)

interface Program {
  readonly file: string
  readonly code: string
}

function programsOf(document: string): Program[] {
  const blocks = readFileSync(join(root, document), 'utf8').matchAll(/^```js\n(.*?)^```$/gms)
  return Array.from(blocks, ([, code = ''], i) => ({
    file: /^\/\/ (\w+\.js)\n/.exec(code)?.[1] ?? `program${i}.js`,
    code: code.replace('epochs: 5', 'epochs: 1'),
  }))
}

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

test('the README and the guides to one’s own code have sample programs', () => {
  const wanted = ['README.md', 'guides/custom-op.md', 'guides/interop.md']
  expect(documents).toEqual(expect.arrayContaining(wanted))
})

describe.each(documents)('%s', (document) => {
  const programs = programsOf(document)
  const place = join(folder, document)

  beforeAll(() => {
    mkdirSync(place, { recursive: true })
    for (const { file, code } of programs) writeFileSync(join(place, file), code)
  })

  test.each(programs)('$file runs', async ({ file, code }) => {
    const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: place })
    // Each program prints its result behind the comment that shows it: `// → 97`.
    for (const [, shown] of code.matchAll(/console\.log\(.*\) \/\/ → (.*)$/gm)) {
      if (shown !== undefined) expect(stdout).toContain(shown)
    }
    const accuracy = /accuracy (0\.\d+)/.exec(stdout)?.[1]
    if (code.includes('accuracy ')) expect(Number(accuracy)).toBeGreaterThan(0.94)
  })
})

test('an op and a loss of one’s own take fewer than 30 lines each', () => {
  for (const { file, code } of programsOf('guides/custom-op.md')) {
    if (!file.startsWith('program')) expect(code.split('\n').length, file).toBeLessThan(30)
  }
})
