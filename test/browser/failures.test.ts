/** What can go wrong in the page: each has a message of its own that says what to do, and what can be saved is saved. */
import { linkSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { failureOf } from '../../demo/failures.ts'
import {
  AdapterError,
  DeviceLostError,
  LimitError,
  OutOfMemoryError,
  TrainingError,
  WeightsError,
} from '../../src/index.ts'
import { chromiumLaunchOptions } from '../../scripts/chromium.mjs'
import { numberIn, ready, tested, train, useSite } from './support/page.ts'

const site = useSite({ args: ['--host-resolver-rules=MAP insecure.test 127.0.0.1'] })

describe('where the page cannot train, it explains itself and shows a recorded run', () => {
  const recorded = async (page: Awaited<ReturnType<typeof site.open>>): Promise<void> => {
    await tested(page)
    expect(await page.textContent('#curves-note')).toMatch(/^Recorded: 784-128-10, 5 epochs, on /)
    expect(await page.locator('#epochs tbody tr').count()).toBe(5)
    expect(await numberIn(page, '#test-accuracy')).toBeGreaterThan(97)
    expect(await page.isDisabled('#start')).toBe(true)
  }

  it('without WebGPU', async () => {
    const page = await site.open('', {
      before: (page) =>
        page.addInitScript(() => {
          Reflect.deleteProperty(Navigator.prototype, 'gpu')
        }),
    })
    expect(await page.textContent('#failure')).toContain('This browser has no WebGPU')
    expect(await page.textContent('#failure')).toContain('Chrome or Edge 113, Safari 26, Firefox 141')
    await recorded(page)
  })

  it('over plain http', async () => {
    const page = await site.open(site.url.replace('localhost', 'insecure.test'))
    expect(await page.textContent('#failure')).toContain('WebGPU needs a secure page')
    expect(await page.textContent('#failure')).toContain('over https, or from localhost')
    await recorded(page)
  })
})

const { executablePath } = chromiumLaunchOptions()

// An installed Chrome finds the GPU of its machine, whatever is beside it.
describe.skipIf(executablePath === undefined)('without an adapter (needs the unpacked Chromium)', () => {
  const bare = executablePath === undefined ? '' : withoutDrivers(executablePath)
  const blocked = useSite(bare === '' ? {} : { executablePath: bare })
  afterAll(() => {
    rmSync(dirname(bare), { recursive: true })
  })

  it('it says that no GPU answers, and shows a recorded run', async () => {
    const page = await blocked.open('', { expected: /WebGPU Context Provider/ })
    await page.locator('#failure', { hasText: 'WebGPU is there, but no GPU answers' }).waitFor()
    await tested(page)
  })
})

describe('data', () => {
  it('that is not there is told, with what to do', async () => {
    const page = await site.open('', {
      expected: /404/,
      before: (page) => page.route('**/mnist/**', (route) => route.fulfill({ status: 404 })),
    })
    await page.locator('#failure', { hasText: 'The data set could not be loaded' }).waitFor()
    expect(await page.textContent('#failure')).toContain('HTTP 404')
  })

  it('that is damaged on the way is refused by its checksum, and not kept', async () => {
    const page = await site.open('', {
      before: (page) =>
        page.route('**/t10k-labels-idx1-ubyte.gz', async (route) => {
          const response = await route.fetch()
          const body = await response.body()
          await route.fulfill({ response, body: body.subarray(0, 2000) })
        }),
    })
    await page.locator('#failure', { hasText: 'The data set could not be loaded' }).waitFor()
    expect(await page.textContent('#failure')).toContain('t10k-labels-idx1-ubyte')
    const again = await site.openAgain(page)
    await ready(again)
  })
})

describe('a file', () => {
  it('that is no model is refused, and the model that was there stays', async () => {
    const page = await site.open('?images=3000&epochs=1')
    await train(page)
    const accuracy = await page.textContent('#test-accuracy')
    const buffer = Buffer.from('this is no model at all')
    await page.setInputFiles('#weights-file', { name: 'notes.safetensors', mimeType: '', buffer })
    await page.locator('#failure', { hasText: 'This file is no model that the page can use' }).waitFor()
    expect(await page.textContent('#test-accuracy')).toBe(accuracy)
    await page.click('#show-test')
    await page.locator('#answer', { hasText: /\d/ }).waitFor()
  })
})

describe('a training', () => {
  it('that goes astray says so, and names the learning rate', async () => {
    const page = await site.open(
      '?images=6000&epochs=3&rate=10&schedule=constant&optimizer=sgd&activation=gelu&hidden=128,128,128',
    )
    await ready(page)
    await page.click('#start')
    await page.locator('#failure', { hasText: 'The training went astray' }).waitFor({ timeout: 60_000 })
    expect(await page.textContent('#failure')).toContain('Lower the learning rate')
    expect(await page.isEnabled('#start')).toBe(true)
  })

  it('that goes astray leaves the model that was there', async () => {
    const page = await site.open('?images=6000&epochs=1')
    await train(page)
    const loss = await page.textContent('#test-loss')
    await page.selectOption('[name=activation]', 'gelu')
    await page.selectOption('[name=optimizer]', 'sgd')
    await page.selectOption('[name=schedule]', 'constant')
    await page.fill('[name=rate]', '10')
    await page.click('[aria-label="Add a hidden layer"]')
    await page.click('[aria-label="Add a hidden layer"]')
    await page.click('#start')
    await page.locator('#failure', { hasText: 'The training went astray' }).waitFor({ timeout: 60_000 })
    await tested(page)
    expect(await page.textContent('#test-loss')).toBe(loss)
    await page.click('#show-test')
    await page.locator('#answer', { hasText: /\d/ }).waitFor()
  })
})

describe('a model', () => {
  it('that is larger than a buffer of this GPU is refused, and a smaller one trains', async () => {
    const page = await site.open(`?hidden=${Array(8).fill(8192).join()}&images=1000&epochs=1`)
    await ready(page)
    await page.click('#start')
    await page.locator('#failure', { hasText: 'This GPU cannot hold so large a model' }).waitFor()
    expect(await page.textContent('#failure')).toContain('Use fewer or narrower layers')
    expect(await page.textContent('#failure')).toMatch(/have \d+ bytes, the device holds at most \d+/)
    await page.selectOption('#preset', 'Ten seconds')
    await train(page)
    expect(await page.isHidden('#failure')).toBe(true)
  })
})

// A GPU whose memory is full cannot be had on demand; the errors themselves are provoked in test/node.
describe('what the library throws', () => {
  const thrown: readonly [Error, string, string][] = [
    [new OutOfMemoryError('full'), 'memory', 'The GPU is out of memory'],
    [new LimitError('large'), 'limits', 'This GPU cannot hold so large a model'],
    [new DeviceLostError('gone'), 'lost', 'The GPU was lost'],
    [new AdapterError('none'), 'no-adapter', 'WebGPU is there, but no GPU answers'],
    [new WeightsError('wrong'), 'file', 'This file is no model that the page can use'],
    [new TrainingError('NaN'), 'training', 'The training went astray'],
    [new RangeError('a defect'), 'other', 'Something went wrong'],
  ]
  it.each(thrown)('%s has words of its own', (error, kind, title) => {
    const failure = failureOf(error)
    expect(failure).toMatchObject({ kind, title, detail: error.message })
    expect(failure.advice.length).toBeGreaterThan(30)
  })
})

describe('a lost GPU', () => {
  it('while it trains: the training goes on by itself and ends as one that lost nothing', async () => {
    const query = '?images=6000&epochs=4'
    const page = await site.open(query)
    await train(page)
    const expected = await page.textContent('#test-loss')

    const other = await site.open(query)
    await ready(other)
    await other.click('#start')
    await other.locator('#epochs tbody tr').nth(1).waitFor()
    await other.click('#developer summary')
    await other.click('#lose')
    await tested(other)
    expect(await other.locator('#epochs tbody tr').count()).toBe(4)
    expect(await other.textContent('#test-loss')).toBe(expected)
    expect(await other.isHidden('#failure')).toBe(true)
  })

  it('while it rests: the model is there again', async () => {
    const page = await site.open('?images=3000&epochs=1')
    await train(page)
    await page.click('#developer summary')
    await page.click('#lose')
    await page.click('#show-test')
    await page.locator('#answer', { hasText: /\d/ }).waitFor()
    await page.click('#another')
    await page.locator('#epochs tbody tr').nth(1).waitFor()
  })
})

/** The same Chromium in a folder without its Vulkan driver: a hard link, since it looks beside its real path. */
function withoutDrivers(chromium: string): string {
  const from = dirname(chromium)
  const to = mkdtempSync(`${from}-bare.`)
  for (const name of readdirSync(from)) {
    if (name === 'chromium') linkSync(chromium, join(to, name))
    else if (!/swiftshader|vulkan/.test(name)) symlinkSync(join(from, name), join(to, name))
  }
  return join(to, 'chromium')
}
