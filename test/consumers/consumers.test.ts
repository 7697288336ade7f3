/** The packed library in the projects of users: each builds and runs as theirs would, on a real device. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { build } from 'vite'
import webpack from 'webpack'
import { chromiumLaunchOptions } from '../../scripts/chromium.mjs'
import { softwareSupported, unpackSoftwareAdapter } from '../../src/node/softwareAdapter.ts'
import { exportsOf, inPages } from '../support/examples.ts'
import { pageName, pageOf, pagePrograms, writeGuide } from './support/guide.ts'
import { install, pack, run, tool } from './support/install.ts'
import { type OnPrinted, visit } from './support/page.ts'

const packed = pack()
let browser: Browser
beforeAll(async () => {
  browser = await chromium.launch(chromiumLaunchOptions())
})
afterAll(async () => {
  await browser.close()
  packed[Symbol.dispose]()
})

test('the package holds what its exports name, with declarations and their maps, and nothing else', () => {
  const folders = new Set(packed.files.map((path) => path.split('/')[0]))
  expect([...folders].sort()).toEqual([
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'dist',
    'guides',
    'llms.txt',
    'package.json',
    'shaders',
    'src',
  ])
  for (const entry of ['index', 'node/index', 'kernels', 'mnist', 'node/mnist', 'testing']) {
    for (const ending of ['js', 'd.ts', 'd.ts.map']) expect(packed.files).toContain(`dist/${entry}.${ending}`)
  }
})

test('Node: 200 steps on MNIST, weights to a file and back, and the command line', async () => {
  const project = install(packed, 'node')
  const result = JSON.parse(await run(project, process.execPath, ['main.js'])) as Record<string, unknown>
  expect(result.steps).toBe(200)
  expect(result.accuracy).toBeGreaterThan(0.85)
  expect(result.tensors).toEqual(['dense_1.bias', 'dense_1.weight', 'dense_2.bias', 'dense_2.weight'])
  const help = await run(project, process.execPath, ['node_modules/wgrad/dist/cli/main.js', '--help'])
  expect(help).toContain('train')
})

describe('TypeScript, strict, with exactOptionalPropertyTypes', () => {
  const project = install(packed, 'typescript')
  test.each(['bundler', 'nodenext'])('moduleResolution %s', async (resolution) => {
    await run(project, process.execPath, [tool('typescript/bin/tsc'), '-p', `tsconfig.${resolution}.json`])
  })
})

describe('in a browser', () => {
  test('Vite builds a page that tunes, trains and reads a raw shader', async () => {
    const project = install(packed, 'vite')
    await build({ root: project, logLevel: 'error', base: './' })
    await visit(browser, join(project, 'dist/index.html'), ['classes 0 1 1 0, shader true, tuned true'])
  })

  test('webpack builds it without configuration, and without the kernels that the page does not use', async () => {
    const project = install(packed, 'webpack')
    await bundle({ context: project, entry: './main.js', output: { path: join(project, 'dist') } })
    const folder = join(project, 'dist')
    const built = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
    expect(built.filter((text) => text.includes('fn matmul('))).toHaveLength(1)
    expect(built.filter((text) => text.includes('fn argmax('))).toHaveLength(0)
    await visit(browser, join(project, 'index.html'), ['0 30'])
  })
})

describe('a page of its own', () => {
  const project = install(packed, 'pages')
  const examples = exportsOf(['src/index.ts']).filter(({ name }) => inPages.includes(name))

  /** Builds the page of a program, and visits it. */
  async function open(
    name: string,
    wanted: readonly string[],
    { onPrinted, codeSplitting = true }: { onPrinted?: OnPrinted; codeSplitting?: boolean } = {},
  ): Promise<void> {
    const input = join(project, `${name}.html`)
    writeFileSync(
      input,
      `<!doctype html><title>${name}</title><script type="module" src="./${name}.js"></script>`,
    )
    const outDir = join(project, 'dist', name)
    const rolldownOptions = { input, output: { codeSplitting } }
    await build({ root: project, logLevel: 'error', base: './', build: { outDir, rolldownOptions } })
    await visit(browser, join(outDir, `${name}.html`), wanted, onPrinted)
  }

  test('trains to its end and saves, though its files are gone and its device is lost', async () => {
    await open('redeployed', ['true 3 true true'], {
      onPrinted: (line, page) => {
        if (line === 'it trains') void page.route('**/assets/**', (route) => route.fulfill({ status: 404 }))
      },
    })
  })

  test('trains where it is one file', async () => {
    await open('oneFile', ['0 1 1 0'], { codeSplitting: false })
    expect(readdirSync(join(project, 'dist/oneFile/assets'))).toHaveLength(1)
  })

  test.each(examples)('runs the example of $name', async ({ name, examples: [example = ''] }) => {
    const code = `import { openDevice, readChoices, tuningCache, writeChoices } from 'wgrad'
const gpu = await openDevice()
await writeChoices(tuningCache(), gpu, { 'matmul 1×2×3': 'matmul' })
${example}
console.log(JSON.stringify(choices))`
    writeFileSync(join(project, `${name}.js`), code)
    await open(name, ['{"matmul 1×2×3":"matmul"}'])
  })
})

describe('the programs of guides/browser.md', () => {
  const project = install(packed, 'guide')
  const environment = softwareDriver()
  writeGuide(project)
  beforeAll(async () => {
    const input = pagePrograms.map((program) => join(project, pageName(program)))
    await build({ root: project, logLevel: 'error', base: './', build: { rolldownOptions: { input } } })
  })

  test.each(pagePrograms)('$file runs in a page, built by Vite', async (program) => {
    await visit(browser, join(project, 'dist', pageName(program)), program.shown)
  })

  test('what runs in a worker does so built by webpack, without configuration', async () => {
    const program = pagePrograms.find(({ file }) => file === 'inWorker.js')!
    const path = join(project, 'webpack')
    await bundle({ context: project, entry: './inWorker.js', output: { path, filename: program.file } })
    writeFileSync(join(path, 'index.html'), pageOf(program))
    await visit(browser, join(path, 'index.html'), program.shown)
  })

  test('train.js runs in Deno', async () => {
    const { file, shown } = pagePrograms[0]!
    const arguments_ = [tool('deno/bin.cjs'), 'run', '-A', file]
    const printed = await run(project, process.execPath, arguments_, environment)
    for (const text of shown) expect(printed).toContain(text)
  })
})

test('Deno: the kernels agree and a training learns through wgpu and naga', async () => {
  const project = install(packed, 'deno')
  const output = await run(
    project,
    process.execPath,
    [tool('deno/bin.cjs'), 'run', '-A', 'main.ts'],
    softwareDriver(),
  )
  const { adapter, kernels, accuracy, steps } = JSON.parse(output) as {
    adapter: string
    kernels: Record<string, number[]>
    accuracy: number
    steps: number
  }
  if (softwareSupported) expect(adapter).toMatch(/SwiftShader/)
  const expected = {
    matmul: [0, 30],
    columnSum: [7, 7, 7],
    softmax: [0.0900306, 0.2447285, 0.665241, 0.665241, 0.2447285, 0.0900306],
    argmax: [2, 0],
    gelu: [0.841192, 1.954598, 2.996363, 6, 5, 3.99993],
  }
  for (const [name, values] of Object.entries(expected)) {
    values.forEach((value, i) => {
      expect(kernels[name]?.[i], `${name}[${i}]`).toBeCloseTo(value, 4)
    })
  }
  expect(steps).toBe(100)
  expect(accuracy).toBeGreaterThan(0.8)
})

/** The software adapter for a Vulkan program that is not Node; where there is none, its own driver. */
function softwareDriver(): NodeJS.ProcessEnv {
  if (!softwareSupported) return {}
  const folder = unpackSoftwareAdapter()
  return { VK_DRIVER_FILES: join(folder, 'vk_swiftshader_icd.json'), LD_LIBRARY_PATH: folder }
}

/** Webpack for production, with what it does by itself but for the given. */
async function bundle(configuration: webpack.Configuration): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    webpack({ mode: 'production', ...configuration }, (error, stats) => {
      if (error === null && stats?.hasErrors() === false) resolve()
      else reject(error ?? new Error(stats?.toString('errors-only')))
    })
  })
}
