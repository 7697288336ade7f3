/**
 * wgrad beside TensorFlow.js and jax-js: the same work, in turns, in one Chromium and in one Node. Prints the tables of
 * the README. The peers are a package of their own, which is installed when this first runs.
 *
 *   npm run bench:peers -- [--rounds 5] [--only chromium|node] [--filter 784-128-10] [--json]
 *
 * `--filter` takes a part of a case's or a contestant's name. Figures are medians over the rounds; the ratio is the median
 * of the ratios within each round, so that a load that comes and goes falls on both sides of it. Time runs from the first
 * submit of a turn to its last result on the host; compilation and uploads come before.
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { folders, peerElements, withChromium } from './chromium.mjs'
import { installPeers, versions } from './installed.mjs'
import { formatReport } from './table.mjs'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    only: { type: 'string' },
    filter: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
  },
})
const environments = { chromium: inChromium, node: inNode }
if (values.only !== undefined && !Object.hasOwn(environments, values.only)) {
  throw new Error(`--only is ${values.only}; it must be chromium or node`)
}
const rounds = Number(values.rounds)
if (!Number.isInteger(rounds) || rounds < 1)
  throw new Error(`--rounds is ${values.rounds}; it must be 1 or more`)

installPeers()
const reports = []
for (const [name, run] of Object.entries(environments)) {
  if (values.only !== undefined && values.only !== name) continue
  const report = await run({ rounds, filter: values.filter })
  reports.push(report)
  if (!values.json) console.log(`${formatReport(report)}\n`)
}
if (values.json) console.log(JSON.stringify(reports, null, 2))

function inChromium(options) {
  const html = `<!doctype html><title>wgrad and its peers</title>${Object.values(peerElements).join('')}`
  return withChromium(
    () => html,
    async (browser, url) => {
      const page = await browser.newPage()
      page.on('pageerror', (error) => console.error(error))
      await page.exposeFunction('progress', (line) => console.error(`Chromium: ${line}`))
      await page.goto(url)
      const found = await page.evaluate(
        async (options) => (await import('/bench/peers/page.mjs')).run(options, globalThis.progress),
        { ...options, ...folders },
      )
      return { environment: `Chromium ${browser.version()}`, versions: versions(), ...found }
    },
  )
}

async function inNode(options) {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('node.mjs', import.meta.url)), JSON.stringify(options)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  let stdout = ''
  child.stdout.on('data', (chunk) => (stdout += chunk))
  const code = await new Promise((resolve) => child.on('close', resolve))
  if (code !== 0) throw new Error(`node.mjs ended with code ${code}`)
  return {
    environment: `Node ${process.version}`,
    versions: versions(),
    ...JSON.parse(stdout.split('\n').at(-2)),
  }
}
