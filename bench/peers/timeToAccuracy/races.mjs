/** A run of one contestant, watched from outside: started, timed, and stopped at the last goal or at the cap. */
/* global URLSearchParams, clearTimeout, performance, setTimeout */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { folders, peerElements } from '../chromium.mjs'

/**
 * @typedef {object} Run
 * @property {boolean} capped whether it was stopped at the cap
 * @property {number | null} firstStep seconds from the start; null where the cap came first
 * @property {{ seconds: number, accuracy: number }[]} evaluations
 * @property {number} seconds that the run took in all
 *
 * @typedef {{ contestant: string, goal: number, seed: number }} Runner
 */

/**
 * In a process of its own; the clock starts as it is spawned.
 * @returns {Promise<Run>}
 */
export async function raceInNode({ contestant, goal, seed }, { adapter, capSeconds }) {
  const node = fileURLToPath(new URL('node.mjs', import.meta.url))
  return watch({ goal, capSeconds }, async (record, startedAt, onStop) => {
    const child = spawn(process.execPath, [node, contestant, String(goal), String(seed), adapter], {
      stdio: ['ignore', 'pipe', 'inherit'],
      // Compilation counts: nothing may be left of an earlier run.
      env: { ...process.env, MESA_SHADER_CACHE_DISABLE: 'true' },
    })
    const closed = new Promise((resolve) => child.on('close', (code) => resolve(code)))
    let isStopped = false
    onStop(() => {
      isStopped = true
      child.kill('SIGKILL')
    })
    for await (const line of createInterface({ input: child.stdout })) {
      const { at, ...event } = JSON.parse(line)
      record({ ...event, seconds: (at - startedAt) / 1000 })
    }
    const code = await closed
    if (code !== 0 && !isStopped) throw new Error(`${contestant}, seed ${seed}: ended with code ${code}`)
  })
}

/**
 * In a browser context of its own, with nothing cached; the page tells its own time, from the start of the navigation.
 * @returns {Promise<Run>}
 */
export async function raceInChromium({ contestant, goal, seed }, { browser, url, capSeconds }) {
  const context = await browser.newContext()
  try {
    return await watch({ goal, capSeconds }, async (record, startedAt, onStop) => {
      const page = await context.newPage()
      const stopped = new Promise((resolve) => onStop(resolve))
      await page.exposeFunction('tell', ({ at, ...event }) => record({ ...event, seconds: at / 1000 }))
      const failed = new Promise((_, reject) => page.on('pageerror', reject))
      await page.goto(`${url}?${new URLSearchParams({ contestant, goal, seed })}`)
      const ended = page.evaluate(() => globalThis.ended)
      // Closing the context cuts the evaluation off.
      ended.catch(() => undefined)
      await Promise.race([ended, stopped, failed])
    })
  } finally {
    await context.close()
  }
}

/**
 * The page of a contestant: it brings in no peer but that one, and begins at once.
 * @param {string} module what `bundledPage` gave
 */
export function timeToAccuracyPage(query, module) {
  const contestant = query.get('contestant')
  const elements = Object.entries(peerElements).filter(([name]) => contestant.startsWith(name))
  return `<!doctype html><title>${contestant}</title>${elements.map(([, element]) => element).join('')}
    <script>globalThis.folders = ${JSON.stringify(folders)}</script>
    <script type="module">${module}</script>`
}

/** page.mjs and the library in one module, as the peers come and as a site would ship it. */
export async function bundledPage() {
  const [{ output }] = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      target: 'esnext',
      modulePreload: false,
      lib: { entry: fileURLToPath(new URL('page.mjs', import.meta.url)), formats: ['es'] },
      rolldownOptions: { external: /^\/bench\//, output: { codeSplitting: false } },
    },
  })
  return output[0].code
}

/** @param {(record: (event: object) => void, startedAt: number, onStop: (stop: () => void) => void) => Promise<void>} start */
async function watch({ goal, capSeconds }, start) {
  const now = () => performance.timeOrigin + performance.now()
  const run = { capped: false, firstStep: null, evaluations: [], seconds: 0 }
  const startedAt = now()
  let [stop, timer] = [() => undefined, undefined]
  const record = ({ name, seconds, accuracy }) => {
    if (name === 'first step') run.firstStep = seconds
    else run.evaluations.push({ seconds, accuracy })
    if (accuracy >= goal) stop()
  }
  try {
    await start(record, startedAt, (end) => {
      stop = end
      timer = setTimeout(() => {
        run.capped = true
        end()
      }, 1000 * capSeconds)
    })
  } finally {
    clearTimeout(timer)
  }
  return { ...run, seconds: (now() - startedAt) / 1000 }
}
