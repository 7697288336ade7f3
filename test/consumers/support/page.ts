/** Pages in a real browser: served from a folder, and watched by what they print. */
import { basename, dirname } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { preview } from 'vite'

/** Told each line that a page prints. */
export type OnPrinted = (line: string, page: Page) => void

/** Opens a page, served from its folder, until it has printed each of some texts; rejects with what else it said. */
export async function visit(
  browser: Browser,
  path: string,
  wanted: readonly string[],
  onPrinted?: OnPrinted,
): Promise<void> {
  const server = await preview({
    root: dirname(path),
    configFile: false,
    // What is not there is a 404, not the page.
    appType: 'mpa',
    build: { outDir: '.' },
    logLevel: 'silent',
    preview: { port: 0 },
  })
  const page = await browser.newPage()
  const printed: string[] = []
  const timeout = AbortSignal.timeout(60_000)
  try {
    await new Promise<void>((resolve, reject) => {
      page.on('console', (message) => {
        printed.push(message.text())
        onPrinted?.(message.text(), page)
        if (wanted.every((text) => printed.some((line) => line.includes(text)))) resolve()
      })
      page.on('pageerror', reject)
      timeout.addEventListener('abort', () => {
        reject(new Error('it took too long'))
      })
      page.goto(new URL(basename(path), server.resolvedUrls?.local[0]).href).catch(reject)
    })
  } catch (cause) {
    throw new Error(`${path} did not print ${wanted.join(' and ')}: ${printed.join('\n')}`, { cause })
  } finally {
    await page.close()
    await server.close()
  }
}
