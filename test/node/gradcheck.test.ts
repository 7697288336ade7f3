/** `wgrad gradcheck` as its user meets it: on a file that imports the built package. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Ended, runCommand } from './support/cli.ts'

// Inside the package, so that `import 'wgrad'` finds it as a user's project would.
const folder = join(import.meta.dirname, '../../runs/.gradcheck')
const gradcheck = (...args: string[]): Promise<Ended> => runCommand(folder, ['gradcheck', ...args])

const op = (name: string, gradient: string, value = 'value * value'): string => `
  export const ${name} = defineOp({
    wgsl: 'fn store_${name}(value: f32, row: u32, column: u32, index: u32) -> f32 { return ${value}; }',
    gradient: \`
      @group(0) @binding(0) var<storage, read> ${name}_input: array<f32>; // [M, N] f32
      fn store_${name}_grad(value: f32, row: u32, column: u32, index: u32) -> f32 {
        let x = ${name}_input[index];
        return ${gradient};
      }\`,
  })`
const loss = `
  export default defineLoss({
    wgsl: \`
      fn loss_log_cosh(y: f32, t: f32) -> f32 { return log(cosh(y - t)); }
      fn gradient_log_cosh(y: f32, t: f32) -> f32 { return tanh(y - t); }\`,
  })`

beforeAll(() => {
  mkdirSync(folder, { recursive: true })
  const write = (name: string, ...code: string[]): void => {
    writeFileSync(
      join(folder, name),
      `import { defineLoss, defineOp, dense, layer } from 'wgrad'\n${code.join('\n')}`,
    )
  }
  const layers = `
    export const squareLayer = () => layer({ kind: 'squareLayer', apply: (x) => square(x) })
    export const four = dense(4)`
  write('right.js', op('square', '2 * x * value'), layers, loss, 'export const unrelated = [1, 2]')
  write('wrong.js', op('square', '2 * x * value'), op('cube', '2 * x * x * value', 'value * value * value'))
  write('root.js', op('root', '0.5 * value / sqrt(x)', 'sqrt(value)'))
  write('nothing.js', 'export const answer = 42')
  write('broken.js', 'export const answer = defineOpp()')
  write('typo.js', op('square', 'x * valeu'))
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

it('right gradients: a table with each operand, exit code 0', async () => {
  const { code, stdout, stderr } = await gradcheck('right.js')
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(/^gradient +relative error +kinks/)
  const names = [
    'log_cosh by output',
    'four by x',
    'four by weight',
    'four by bias',
    'square by x',
    'squareLayer by x',
  ]
  for (const name of names)
    expect(stdout).toMatch(new RegExp(`^${name} +\\d\\.\\de-\\d +0 of \\d+ +ok$`, 'm'))
  expect(stdout.trim().split('\n')).toHaveLength(1 + names.length)
})

it('a wrong gradient: it is marked, exit code 1', async () => {
  const { code, stdout, stderr } = await gradcheck('wrong.js', '--json')
  expect([code, stderr]).toEqual([1, ''])
  const { checks } = JSON.parse(stdout) as { checks: { name: string; ok: boolean }[] }
  expect(checks.map(({ name, ok }) => [name, ok])).toEqual([
    ['cube', false],
    ['square', true],
  ])
  expect((await gradcheck('wrong.js')).stdout).toMatch(/^cube by x .* wrong$/m)
})

it('a function that has its values elsewhere is checked there', async () => {
  expect((await gradcheck('root.js')).code).toBe(1)
  expect((await gradcheck('root.js', '--range', '0.5,4', '--shape', '3,9')).code).toBe(0)
})

it.each([
  ['nowhere.js', 2, 'nowhere.js: no such file'],
  [
    'nothing.js',
    2,
    'nothing.js: exports no op, layer or loss; export what defineOp, layer or defineLoss makes',
  ],
  ['broken.js', 2, 'broken.js: cannot be imported: ReferenceError: defineOpp is not defined'],
  ['typo.js', 1, "square_grad does not compile: .*unresolved value 'valeu'"],
])('%s: exit code %i, one line that says why', async (file, expected, message) => {
  const { code, stdout, stderr } = await gradcheck(file)
  expect([code, stdout]).toEqual([expected, ''])
  expect(stderr).toMatch(/^wgrad: [^\n]+\n$/)
  expect(stderr).toMatch(new RegExp(message))
})

it('a range that is none is refused with the form', async () => {
  const { code, stderr } = await gradcheck('right.js', '--range', '2')
  expect([code, stderr]).toEqual([
    2,
    "wgrad: --range is '2', expected two numbers like -2,2, the smaller first\n",
  ])
})
