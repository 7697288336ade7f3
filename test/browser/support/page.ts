/** The built page in a real browser: a server, a Chromium on the software adapter, and what every test asks of both. */
import { existsSync, mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type LaunchOptions,
  type Page,
  chromium,
} from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { chromiumLaunchOptions } from '../../../scripts/chromium.mjs'
import { serve } from '../../../scripts/serve.mjs'

const site = fileURLToPath(new URL('../../../dist-demo/', import.meta.url))
if (!existsSync(site)) throw new Error('dist-demo is missing: run `npm run build:demo` before these tests')

/** Where the screenshots of a test run go. */
const screenshots = fileURLToPath(new URL('../../../runs/screenshots/', import.meta.url))

export interface SiteOptions extends BrowserContextOptions {
  /** Messages of the console that the test is about. */
  readonly expected?: RegExp
  /** Done to the page before it opens. */
  readonly before?: (page: Page) => Promise<unknown>
}

export interface Site {
  /** Address of the page. */
  readonly url: string
  /** A page in a context of its own; a test fails where it logs an error or breaks its security policy. */
  open(query?: string, options?: SiteOptions): Promise<Page>
  /** A new page in the same context: with the same storage. @param expected messages that the test is about */
  openAgain(page: Page, query?: string, expected?: RegExp): Promise<Page>
  browser(): Browser
}

/** Call it at the top level of a test file, or of a `describe`; what is given is for Chromium. */
export function useSite({ args = [], ...launch }: LaunchOptions = {}): Site {
  let browser: Browser | undefined
  let server: { url: string; close: () => void } | undefined
  const contexts: BrowserContext[] = []
  let problems: string[] = []

  beforeAll(async () => {
    // A folder below the root, as project pages have it.
    server = await serve(site, { prefix: '/some/where/' })
    const options = chromiumLaunchOptions()
    browser = await chromium.launch({ ...options, ...launch, args: [...(options.args ?? []), ...args] })
  })
  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()))
    const found = problems
    problems = []
    expect(found, 'what the page logged').toEqual([])
  })
  afterAll(async () => {
    await browser?.close()
    server?.close()
  })

  const watch = (page: Page, expected?: RegExp): void => {
    page.on('console', (message) => {
      const isProblem = message.type() === 'error' || message.type() === 'warning'
      if (isProblem && expected?.test(message.text()) !== true) problems.push(message.text())
    })
    page.on('pageerror', (error) => problems.push(String(error)))
  }
  const self: Site = {
    get url() {
      return server?.url ?? ''
    },
    async open(query = '', { expected, before, ...options } = {}) {
      const context = await self.browser().newContext({ viewport: { width: 1280, height: 900 }, ...options })
      contexts.push(context)
      const page = await context.newPage()
      watch(page, expected)
      await before?.(page)
      await page.goto(query.startsWith('http') ? query : `${self.url}${query}`)
      return page
    },
    async openAgain(page, query = '', expected) {
      const next = await page.context().newPage()
      watch(next, expected)
      await next.goto(`${self.url}${query}`)
      return next
    },
    browser() {
      if (browser === undefined) throw new Error('the browser is open during tests only')
      return browser
    },
  }
  return self
}

/** Waits until the button that begins a training is there to be pressed. */
export async function ready(page: Page): Promise<void> {
  await page.locator('#start:enabled').waitFor({ timeout: 60_000 })
}

/** Trains with the settings of the address to the end, and waits for the test. */
export async function train(page: Page): Promise<void> {
  await ready(page)
  await page.click('#start')
  await tested(page)
}

/** Waits for the result on the test set. */
export async function tested(page: Page): Promise<void> {
  await page.locator('#test-accuracy', { hasText: '%' }).waitFor({ timeout: 120_000 })
}

/** The number in an element, `97.86 %` as 97.86. */
export async function numberIn(page: Page, selector: string): Promise<number> {
  return Number.parseFloat(((await page.textContent(selector)) ?? '').replaceAll(',', ''))
}

export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(screenshots, { recursive: true })
  await page.screenshot({ path: `${screenshots}${name}.png`, fullPage: true })
}
