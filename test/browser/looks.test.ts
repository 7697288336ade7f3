/** How the page stands for everyone: narrow and wide, light and dark, by keyboard, to screen readers, small and private. */
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { ready, screenshot, train, useSite } from './support/page.ts'

const site = useSite()
const quick = '?images=2000&epochs=1'
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** The page's policy allows no script of others, so axe comes in by the browser's own door. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  const results = await page.evaluate(() =>
    (window as unknown as { axe: { run: () => Promise<AxeResults> } }).axe.run(),
  )
  return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}

describe.each([
  { width: 390, height: 844 },
  { width: 1280, height: 900 },
  { width: 1920, height: 1080 },
])('at $width pixels', (viewport) => {
  it.each(['light', 'dark'] as const)(
    '%s: axe finds nothing, and nothing is wider than the screen',
    async (colorScheme) => {
      const page = await site.open(quick, { viewport, colorScheme })
      await ready(page)
      expect(await violations(page)).toEqual([])
      await train(page)
      await page.click('#show-test')
      await page.locator('#answer', { hasText: /\d/ }).waitFor()
      await page.locator('#gallery li:not([aria-hidden])').first().waitFor()
      expect(await violations(page)).toEqual([])
      const width = await page.evaluate(() => document.documentElement.scrollWidth)
      expect(width).toBeLessThanOrEqual(viewport.width)
      await screenshot(page, `${viewport.width}-${colorScheme}`)
    },
  )
})

describe('the page', () => {
  it('shifts nothing while it loads, trains and shows results', async () => {
    const page = await site.open(quick, {
      viewport: { width: 1280, height: 4000 },
      before: (page) =>
        page.addInitScript(() => {
          const shifts: number[] = []
          Object.assign(window, { shifts })
          new PerformanceObserver((list) => {
            shifts.push(...list.getEntries().map((entry) => (entry as unknown as { value: number }).value))
          }).observe({ type: 'layout-shift', buffered: true })
        }),
    })
    await train(page)
    await page.waitForTimeout(500)
    const shifts = await page.evaluate(() => (window as unknown as { shifts: number[] }).shifts)
    // A page is called good below 0.1.
    expect(shifts.reduce((sum, shift) => sum + shift, 0)).toBeLessThan(0.01)
  })

  it('asks no other origin for anything', async () => {
    const asked: string[] = []
    const page = await site.open(quick, {
      before: (page) => {
        page.context().on('request', (request) => asked.push(request.url()))
        return Promise.resolve()
      },
    })
    await train(page)
    const { origin } = new URL(site.url)
    expect(asked.length).toBeGreaterThan(5)
    expect(asked.filter((url) => !url.startsWith(origin) && !url.startsWith('blob:'))).toEqual([])
  })

  it('paints before any data is there, and has title, description, icon and manifest', async () => {
    const page = await site.open('', {
      before: (page) => page.route('**/mnist/**', () => undefined),
    })
    await page.locator('h1', { hasText: 'Teach your GPU to read digits' }).waitFor()
    await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length === 1)
    expect(await page.title()).toContain('wgrad')
    expect(await page.getAttribute('meta[name=description]', 'content')).toContain('WebGPU')
    for (const link of ['icon', 'manifest']) {
      const href = await page.getAttribute(`link[rel=${link}]`, 'href')
      const response = await page.request.get(new URL(href ?? '', page.url()).href)
      expect(response.ok(), link).toBe(true)
    }
  })

  it('has at most 80 KB of JavaScript, gzipped', () => {
    const built = fileURLToPath(new URL('../../dist-demo/', import.meta.url))
    const scripts = ['serviceWorker.js', ...readdirSync(`${built}assets`).map((name) => `assets/${name}`)]
    const sizes = scripts
      .filter((name) => name.endsWith('.js'))
      .map((name) => ({ name, size: gzipSync(readFileSync(built + name)).length }))
    for (const { name, size } of sizes) console.log(`${name}: ${size} bytes gzipped`)
    expect(sizes.reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(80 * 1024)
  })

  it('trains and is read by the keyboard alone', async () => {
    const page = await site.open(quick)
    await ready(page)
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement?.className)).toBe('skip')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('start')
    await page.keyboard.press('Enter')
    await page
      .locator('#announcer', { hasText: 'Training is done.' })
      .waitFor({ state: 'attached', timeout: 60_000 })
  })
})
