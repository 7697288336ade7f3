/**
 * The picture of the README: `npm run demo:screenshot` builds the page, trains in a real browser, draws a seven, and
 * writes demo/screenshot.png.
 */
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { chromiumLaunchOptions } from '../scripts/chromium.mjs'
import { serve } from '../scripts/serve.mjs'

const server = await serve(fileURLToPath(new URL('../dist-demo/', import.meta.url)))
const browser = await chromium.launch(chromiumLaunchOptions())
const page = await browser.newPage({ viewport: { width: 1440, height: 1180 }, colorScheme: 'light' })
await page.goto(server.url)
await page.locator('#start:enabled').click({ timeout: 60_000 })
await page.locator('#test-accuracy', { hasText: '%' }).waitFor({ timeout: 300_000 })
const { x, y, width, height } = await page.locator('#pad').boundingBox()
const corners = [
  [0.3, 0.25],
  [0.7, 0.25],
  [0.45, 0.8],
].map(([across, down]) => [x + across * width, y + down * height])
await page.mouse.move(...corners[0])
await page.mouse.down()
for (const corner of corners.slice(1)) await page.mouse.move(...corner, { steps: 10 })
await page.mouse.up()
await page.locator('#answer', { hasText: '7' }).waitFor()
await page.screenshot({ path: fileURLToPath(new URL('screenshot.png', import.meta.url)) })
await browser.close()
server.close()
