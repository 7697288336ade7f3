/** What outlives a page: the last model, the data set without a network, and weights files to the command line and back. */
import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { adam, dense, evaluate, fit, loadModel, predict, relu, sequential, take } from '../../src/index.ts'
import { loadMnist } from '../../src/node/mnist.ts'
import { openDevice } from '../../src/node/openDevice.ts'
import { numberIn, ready, tested, train, useSite } from './support/page.ts'

const site = useSite()

/** A test image, and the logarithms of the page's probabilities for it: the logits, but for a constant. */
async function lookAtOne(page: Page): Promise<{ row: number; logits: number[] }> {
  // So that no answer to another is there.
  if (await page.isEnabled('#clear')) await page.click('#clear')
  await page.click('#show-test')
  await page.locator('#answer', { hasText: /\d/ }).waitFor()
  const row = Number(/test image (\d+)/.exec((await page.textContent('#draw-note')) ?? '')?.[1])
  const shares = await page
    .locator('#bars meter')
    .evaluateAll((meters) => meters.map((meter) => (meter as HTMLMeterElement).value))
  return { row, logits: centred(shares.map(Math.log)) }
}

function centred(values: readonly number[]): number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return values.map((value) => value - mean)
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  actual.forEach((value, i) => {
    expect(Math.abs(value - expected[i]!), `logit ${i}`).toBeLessThan(1e-4)
  })
}

describe('a reload', () => {
  it('brings the last model back, with the same predictions, curves and settings', async () => {
    const page = await site.open('?images=6000&epochs=2')
    await train(page)
    const [accuracy, loss] = [await page.textContent('#test-accuracy'), await page.textContent('#test-loss')]
    const again = await site.openAgain(page)
    await tested(again)
    expect(await again.textContent('#test-accuracy')).toBe(accuracy)
    expect(await again.textContent('#test-loss')).toBe(loss)
    expect(await again.locator('#epochs tbody tr').count()).toBe(2)
    await again.click('#another')
    await again.locator('#epochs tbody tr').nth(2).waitFor()
  })

  it('needs no network after the first visit', async () => {
    const page = await site.open('?images=3000&epochs=1')
    await ready(page)
    await page.evaluate(async () => {
      await navigator.serviceWorker.ready
    })
    await page.context().setOffline(true)
    const again = await site.openAgain(page, '?images=3000&epochs=1', /ERR_INTERNET_DISCONNECTED/)
    await train(again)
    expect(await numberIn(again, '#test-accuracy')).toBeGreaterThan(80)
  })
})

describe('weights', () => {
  it('of the page give the same logits in Node, and those of Node in the page', async () => {
    using gpu = await openDevice({ onNotice: () => undefined })
    const mnist = await loadMnist()
    const imageOf = (row: number): Uint8Array =>
      (mnist.test.features as Uint8Array).slice(784 * row, 784 * (row + 1))

    const page = await site.open('?images=6000&epochs=1')
    await train(page)
    const [file] = await Promise.all([page.waitForEvent('download'), page.click('#save-weights')])
    using ofPage = loadModel(gpu, new Uint8Array(readFileSync(await file.path())))
    const seen = await lookAtOne(page)
    const { outputs } = await predict(ofPage, imageOf(seen.row))
    expectClose(seen.logits, centred([...outputs].map(Math.log)))

    using run = await fit(gpu, sequential([784], [dense(64), relu(), dense(10)]), take(mnist.train, 6000), {
      loss: 'softmaxCrossEntropy',
      optimizer: adam(),
      epochs: 1,
      seed: 3,
    })
    const buffer = Buffer.from(await run.weights())
    await page.setInputFiles('#weights-file', { name: 'mine.safetensors', mimeType: '', buffer })
    await page.locator('#train-note', { hasText: '784-64-10' }).waitFor()
    await tested(page)
    expect(await numberIn(page, '#test-accuracy')).toBeCloseTo(
      100 * ((await evaluate(run, mnist.test)).accuracy ?? 0),
      1,
    )
    const look = await lookAtOne(page)
    const ofNode = await predict(run, imageOf(look.row))
    expectClose(look.logits, centred([...ofNode.outputs].map(Math.log)))
    expect(await page.isDisabled('#another'), 'a file has no optimiser state').toBe(true)
  })
})
