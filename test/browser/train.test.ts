/** The page trains in a real browser: from the first button to the confusion matrix, and stays usable meanwhile. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { numberIn, ready, train, tested, useSite } from './support/page.ts'

const site = useSite()
const quick = '?images=24000&epochs=3'

describe('training', () => {
  it('one button trains to at least 95 % on 24,000 images, and the matrix holds all 10,000 test images', async () => {
    const page = await site.open(quick)
    await train(page)
    expect(await numberIn(page, '#test-accuracy')).toBeGreaterThan(95)
    const counts = await page
      .locator('#confusion button')
      .evaluateAll((cells) => cells.map((cell) => Number(cell.textContent || '0')))
    expect(counts).toHaveLength(100)
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(10_000)
    const right = counts.filter((_, i) => i % 11 === 0).reduce((sum, count) => sum + count, 0)
    expect(await numberIn(page, '#test-accuracy')).toBeCloseTo(right / 100, 2)
    expect(await page.locator('#epochs tbody tr').count()).toBe(3)
    expect(await page.locator('#classes tbody tr').count()).toBe(10)
    expect(await page.locator('#gallery li:not([aria-hidden])').count()).toBe(24)
  })

  it('no task takes the main thread for more than 50 ms while it trains', async () => {
    const page = await site.open(quick)
    await ready(page)
    await site.browser().startTracing(page, { categories: ['toplevel', '__metadata'] })
    await page.click('#start')
    await page.locator('#epochs tbody tr').nth(1).waitFor({ timeout: 60_000 })
    const tasks = mainThreadTasks(await site.browser().stopTracing())
    const longest = tasks.toSorted((a, b) => b - a).slice(0, 3)
    console.log(`${tasks.length} tasks; the longest: ${longest.map((ms) => ms.toFixed(1)).join(', ')} ms`)
    expect(tasks.length).toBeGreaterThan(100)
    expect(Math.max(...tasks)).toBeLessThan(50)
  })

  it('pauses, goes on, stops, and trains one epoch more', async () => {
    const page = await site.open('?images=6000&epochs=40')
    await ready(page)
    await page.click('#start')
    await page.locator('#epochs tbody tr').nth(1).waitFor()
    await page.click('#pause')
    await page.locator('#pause', { hasText: 'Resume' }).waitFor()
    // What was submitted before still reports.
    await page.waitForTimeout(1000)
    const paused = await page.textContent('#loss-now')
    await page.waitForTimeout(1000)
    expect(await page.textContent('#loss-now')).toBe(paused)
    await page.click('#pause')
    await page.waitForFunction((loss) => document.getElementById('loss-now')?.textContent !== loss, paused)
    await page.click('#stop')
    await tested(page)
    const done = await page.locator('#epochs tbody tr').count()
    expect(done).toBeLessThan(40)
    await page.click('#another')
    await page.locator('#epochs tbody tr').nth(done).waitFor()
    await tested(page)
    expect(await page.locator('#epochs tbody tr').count()).toBe(done + 1)
  })

  it('begins anew while the last model is still being tested', async () => {
    const page = await site.open('?images=6000&epochs=1')
    await ready(page)
    for (let run = 0; run < 3; run++) {
      await page.click('#start')
      await page.locator('#announcer', { hasText: 'Training is done.' }).waitFor({ state: 'attached' })
      await page.locator('#start:enabled').waitFor()
    }
    await tested(page)
    expect(await page.isHidden('#failure')).toBe(true)
  })

  it('one more epoch goes on where the run ended', async () => {
    const page = await site.open('?images=6000&epochs=2')
    await train(page)
    const first = await page.locator('#epochs tbody tr').allTextContents()
    await page.click('#another')
    await page.locator('#epochs tbody tr').nth(2).waitFor()
    await tested(page)
    const rows = await page.locator('#epochs tbody tr').allTextContents()
    expect(rows.slice(0, 2)).toEqual(first)
    expect(rows).toHaveLength(3)
    expect(await numberIn(page, '#epochs tbody tr:nth-child(3) td')).toBeLessThan(
      await numberIn(page, '#epochs tbody tr:nth-child(2) td'),
    )
  })
})

describe('looking into the result', () => {
  it('a cell of the matrix opens the images behind it, by mouse and by keyboard', async () => {
    const page = await site.open('?images=6000&epochs=1')
    await train(page)
    const cell = page.locator('#confusion button').nth(22)
    const count = Number(await cell.textContent())
    await cell.click()
    expect(await page.textContent('#mistakes-title')).toBe('2 that it calls 2')
    await page.waitForFunction(
      (count) => document.getElementById('mistakes-note')?.textContent.includes(` of ${count} images`),
      count,
    )
    expect(await page.locator('#gallery li').count()).toBe(24)
    await page.locator('#confusion button').first().focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    expect(await page.textContent('#mistakes-title')).toBe('1 that it calls 1')
    await page.click('#all-mistakes')
    expect(await page.textContent('#mistakes-title')).toBe('Its worst mistakes')
  })

  it('measures the dispatches of a step, whose shares add up', async () => {
    const page = await site.open('?images=6000&epochs=1')
    await ready(page)
    await page.click('#measure')
    await page.locator('#dispatches tbody tr').nth(3).waitFor({ timeout: 60_000 })
    const shares = await page.locator('#dispatches tbody td:last-child').allTextContents()
    const sum = shares.reduce((sum, share) => sum + Number.parseFloat(share), 0)
    expect(sum).toBeGreaterThan(96)
    expect(sum).toBeLessThan(104)
  })

  it('metrics download as JSON and CSV, curves and matrix as PNG', async () => {
    const page = await site.open('?images=6000&epochs=2')
    await train(page)
    const download = async (button: string): Promise<Buffer> => {
      const [file] = await Promise.all([page.waitForEvent('download'), page.click(button)])
      return readFileSync(await file.path())
    }
    const json = JSON.parse((await download('#save-json')).toString()) as {
      losses: number[]
      history: unknown[]
      config: { epochs: number }
      test: { accuracy: number }
    }
    expect(json.history).toHaveLength(2)
    expect(json.losses).toHaveLength(2 * Math.ceil(5400 / 128))
    expect(json.config.epochs).toBe(2)
    expect(100 * json.test.accuracy).toBeCloseTo(await numberIn(page, '#test-accuracy'), 1)
    const [header, ...rows] = (await download('#save-csv')).toString().trim().split('\n')
    expect(header).toMatch(/^epoch,loss,accuracy,validation_loss/)
    expect(rows).toHaveLength(2)
    for (const button of ['#save-curves', '#save-matrix']) {
      expect((await download(button)).subarray(1, 4).toString()).toBe('PNG')
    }
  })
})

describe('the address', () => {
  it('carries the whole configuration, and a link gives the same run', async () => {
    const page = await site.open()
    await ready(page)
    await page.fill('[name=epochs]', '1')
    await page.fill('[name=images]', '3000')
    await page.fill('[name=seed]', '7')
    await page.selectOption('[name=activation]', 'gelu')
    await page.click('[aria-label="Add a hidden layer"]')
    await page.fill('[aria-label="Units of layer 2"]', '32')
    await page.keyboard.press('Tab')
    const { search } = new URL(page.url())
    expect(search).toBe('?hidden=128,32&activation=gelu&epochs=1&seed=7&images=3000')
    await train(page)
    const first = await page.textContent('#test-loss')

    const again = await site.open(search)
    expect(await again.inputValue('[name=activation]')).toBe('gelu')
    expect(await again.inputValue('[aria-label="Units of layer 2"]')).toBe('32')
    await train(again)
    expect(await again.textContent('#test-loss')).toBe(first)
  })

  it('refuses a wrong value by name, and says what is right', async () => {
    const page = await site.open('?epochs=-3&hidden=12,abc&colour=red')
    const notice = await page.textContent('#refused')
    expect(notice).toContain('epochs is “-3”: expected a whole number from 1 to 1000')
    expect(notice).toContain('hidden is “12,abc”: expected up to 8 widths from 1 to 8192')
    expect(notice).toContain('“colour” is no setting')
  })

  it('a wrong value in a field is refused beside the form, and the run keeps the last right one', async () => {
    const page = await site.open('?images=3000&epochs=1')
    await ready(page)
    await page.fill('[name=batch]', '0')
    await page.keyboard.press('Tab')
    expect(await page.textContent('#setting-error')).toContain(
      'batch is “0”: expected a whole number from 1 to 4096',
    )
    expect(await page.getAttribute('[name=batch]', 'aria-invalid')).toBe('true')
    expect(page.url()).not.toContain('batch')
  })
})

interface TraceEvent {
  readonly name: string
  readonly pid: number
  readonly tid: number
  /** Microseconds that the thread ran; a busy machine does not count. */
  readonly tdur?: number
  readonly args?: { readonly name?: string }
}

/** Milliseconds of each task of the page's main thread. */
function mainThreadTasks(trace: Buffer): number[] {
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] }
  const isMain = new Set(
    traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid} ${tid}`),
  )
  return traceEvents.flatMap(({ name, pid, tid, tdur }) =>
    name === 'ThreadControllerImpl::RunTask' && tdur !== undefined && isMain.has(`${pid} ${tid}`)
      ? [tdur / 1000]
      : [],
  )
}
