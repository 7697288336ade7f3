/** The README's programs run as they stand, against the built package; only the number of epochs is cut to one. */
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
// Inside the package, so that `import 'wgrad'` finds it as a user's project would.
const folder = join(root, 'runs/.readme')
const programs = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/^```js\n(.*?)^```$/gms)].map(
  ([, code]) => (code ?? '').replace('epochs: 5', 'epochs: 1'),
)

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('README', () => {
  test('has its sample programs', () => {
    expect(programs.length).toBeGreaterThanOrEqual(2)
  })

  test.each(programs.map((code, i) => ({ code, i, imports: /import \{ (.*?) \}/.exec(code)?.[1] ?? '' })))(
    'program $i ($imports) runs',
    async ({ code, i }) => {
      const file = join(folder, `program${i}.mjs`)
      writeFileSync(file, code)
      const { stdout } = await promisify(execFile)(process.execPath, [file], { cwd: folder })
      // Each program prints its result behind the comment that shows it: `// → 97`.
      for (const [, shown] of code.matchAll(/console\.log\(.*\) \/\/ → (.*)$/gm)) {
        if (shown !== undefined) expect(stdout).toContain(shown)
      }
      const accuracy = /accuracy (0\.\d+)/.exec(stdout)?.[1]
      if (code.includes('accuracy ')) expect(Number(accuracy)).toBeGreaterThan(0.94)
    },
  )
})
