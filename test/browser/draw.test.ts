/** Drawing a digit in the page, with every kind of pointer and with the keyboard, and the model's answer to it. */
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { ready, train, useSite } from './support/page.ts'

const site = useSite()
const quick = '?images=12000&epochs=3'

/** Corners of a digit in shares of the pad. */
const one = [
  [0.5, 0.2],
  [0.48, 0.8],
] as const
const seven = [
  [0.3, 0.25],
  [0.7, 0.25],
  [0.45, 0.8],
] as const

async function draw(page: Page, corners: readonly (readonly [number, number])[]): Promise<void> {
  const box = await page.locator('#pad').boundingBox()
  if (box === null) throw new Error('the pad is not on the page')
  const [first, ...rest] = corners.map(([x, y]) => [box.x + x * box.width, box.y + y * box.height] as const)
  await page.mouse.move(...first!)
  await page.mouse.down()
  for (const corner of rest) await page.mouse.move(...corner, { steps: 10 })
  await page.mouse.up()
}

async function answers(page: Page, digit: number): Promise<void> {
  await page.locator('#answer', { hasText: String(digit) }).waitFor({ timeout: 20_000 })
}

describe('drawing', () => {
  it('a one and a seven, by mouse, are answered rightly; undo and clear take them back', async () => {
    const page = await site.open(quick)
    await train(page)
    await draw(page, one)
    await answers(page, 1)
    const shares = await page
      .locator('#bars meter')
      .evaluateAll((meters) => meters.map((meter) => (meter as HTMLMeterElement).value))
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 4)
    expect(await page.locator('#activations canvas').count()).toBe(3)
    await page.click('#clear')
    expect(await page.textContent('#answer')).toBe('–')
    await draw(page, seven)
    await answers(page, 7)
    await page.click('#undo')
    expect(await page.textContent('#answer')).toBe('–')
    expect(await page.isDisabled('#undo')).toBe(true)
  })

  it('with the arrow keys and the space bar', async () => {
    const page = await site.open(quick)
    await train(page)
    await page.focus('#pad')
    await page.keyboard.press(' ')
    for (let i = 0; i < 14; i++) await page.keyboard.press('ArrowDown')
    await page.keyboard.press(' ')
    await answers(page, 1)
    await page.keyboard.press('Backspace')
    expect(await page.textContent('#answer')).toBe('–')
  })

  it('by touch, without scrolling the page', async () => {
    const page = await site.open(quick, {
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
    })
    await train(page)
    await page.locator('#pad').scrollIntoViewIfNeeded()
    const box = (await page.locator('#pad').boundingBox())!
    const session = await page.context().newCDPSession(page)
    const at = (share: number): { x: number; y: number }[] => [
      { x: box.x + box.width / 2, y: box.y + box.height * share },
    ]
    const before = await page.evaluate(() => scrollY)
    await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: at(0.2) })
    for (let share = 0.25; share <= 0.8; share += 0.05)
      await session.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: at(share) })
    await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
    await answers(page, 1)
    expect(await page.evaluate(() => scrollY)).toBe(before)
  })

  it('is answered during a training, with the newest weights', async () => {
    const page = await site.open('?images=12000&epochs=30')
    await ready(page)
    await draw(page, one)
    await page.click('#start')
    await answers(page, 1)
    const probability = (): Promise<string | null> =>
      page.textContent('#bars li:nth-child(2) span:last-child')
    const first = await probability()
    await page.waitForFunction(
      (first) => document.querySelector('#bars li:nth-child(2) span:last-child')?.textContent !== first,
      first,
    )
    expect(await page.isEnabled('#stop')).toBe(true)
    await page.click('#stop')
  })

  it('shows one of the test set', async () => {
    const page = await site.open('?images=6000&epochs=1')
    await train(page)
    await page.click('#show-test')
    await page.locator('#draw-note', { hasText: /test image \d+, a \d/ }).waitFor()
    await page.locator('#answer', { hasText: /\d/ }).waitFor()
  })
})
