/** Runs the library's Node files where its packages are not: compiled into an empty folder, in a process of their own. */
import { spawn } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { findPackage } from '../../../src/node/packages.ts'

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A folder with the compiled files and a node_modules that holds only what a test adds to it. */
export interface Elsewhere extends Disposable {
  readonly folder: string
  /** Gives it the real `webgpu`. */
  addDawn(): void
  /** Gives it a copy of what the software adapter needs from its package. */
  addSoftwareAdapter(): void
  /** Runs a module there; VK_ variables reach it only through `env`. */
  run(script: string, env?: Readonly<Record<string, string>>): Promise<Outcome>
}

export function makeElsewhere(): Elsewhere {
  const folder = mkdtempSync(join(tmpdir(), 'wgrad-elsewhere-'))
  const modules = join(folder, 'node_modules')
  compileInto(folder)
  return {
    folder,
    addDawn() {
      mkdirSync(modules, { recursive: true })
      symlinkSync(packageFolder('webgpu'), join(modules, 'webgpu'), 'junction')
    },
    addSoftwareAdapter() {
      const from = packageFolder('@sparticuz/chromium')
      for (const part of ['package.json', 'build/cjs/index.cjs', 'bin/swiftshader.tar.br']) {
        cpSync(join(from, part), join(modules, '@sparticuz/chromium', part))
      }
    },
    run: (script, env = {}) => runNode(folder, script, env),
    [Symbol.dispose]() {
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function compileInto(folder: string): void {
  const src = fileURLToPath(new URL('../../../src/', import.meta.url))
  const node = readdirSync(join(src, 'node'))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `node/${name}`)
  for (const file of ['errors.ts', 'gpu/buffer.ts', 'gpu/device.ts', ...node]) {
    const { outputText } = ts.transpileModule(readFileSync(join(src, file), 'utf8'), {
      compilerOptions: {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
        rewriteRelativeImportExtensions: true,
      },
    })
    const target = join(folder, file.replace(/\.ts$/, '.js'))
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, outputText)
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
}

function packageFolder(name: string): string {
  const found = findPackage(name)
  if (found === undefined) throw new Error(`this test needs the package ${name}: npm install`)
  return found.folder
}

function runNode(cwd: string, script: string, env: Readonly<Record<string, string>>): Promise<Outcome> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('VK_') && name !== 'NODE_OPTIONS',
  )
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd,
    env: { ...Object.fromEntries(inherited), XDG_CACHE_HOME: join(cwd, 'cache'), ...env },
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      resolve({ code, stdout, stderr })
    })
  })
}
