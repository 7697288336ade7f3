/**
 * wgrad beside TensorFlow.js and jax-js: the same work, in turns, in one Chromium and in one Node. Prints the tables of
 * the README. The peers are a package of their own, which is installed when this first runs.
 *
 * Figures are medians over the rounds; the ratio is the median of the ratios within each round, so that a load that comes
 * and goes falls on both sides of it. Time runs from the first submit of a turn to its last result on the host;
 * compilation and uploads come before.
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Option } from 'commander'
import { integer } from '../../dist/cli/options.js'
import { benchCommand, readOptions } from '../command.mjs'
import { folders, peerElements, withChromium } from './chromium.mjs'
import { installPeers, versions } from './installed.mjs'
import { formatReport } from './table.mjs'

const environments = { chromium: inChromium, node: inNode }
const { rounds, only, filter, json } = readOptions(
  benchCommand('npm run bench:peers --', 'wgrad beside TensorFlow.js and jax-js: the same work, in turns.')
    .option('--rounds <n>', 'turns of each', integer('--rounds', 1, 1000), 5)
    .addOption(new Option('--only <environment>', 'one of the two').choices(Object.keys(environments)))
    .option('--filter <text>', "a part of a case's or a contestant's name, as 784-128-10", '')
    .option('--json', 'all figures as JSON on stdout'),
)

installPeers()
const reports = []
for (const [name, run] of Object.entries(environments)) {
  if (only !== undefined && only !== name) continue
  const report = await run({ rounds, filter })
  if (report.results.length === 0) {
    console.error(`error: --filter: no case and no peer has '${filter}' in its name`)
    process.exit(2)
  }
  reports.push(report)
  if (!json) console.log(`${formatReport(report)}\n`)
}
if (json) console.log(JSON.stringify(reports, null, 2))

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
