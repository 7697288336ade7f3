/** A user's project: a fixture of this folder with the packed library in its node_modules, as `npm install` puts it. */
import { execFile, execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '../../..')

/** The tarball of `npm pack`, unpacked where any number of projects find it. Wants a build. */
export interface Packed extends Disposable {
  /** Where projects are made. */
  readonly folder: string
  /** What the tarball holds, below `package/`. */
  readonly files: readonly string[]
}

export function pack(): Packed {
  const folder = mkdtempSync(join(tmpdir(), 'wgrad-consumers-'))
  const arguments_ = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]
  const [{ filename, files }] = JSON.parse(
    execFileSync('npm', arguments_, { cwd: root, encoding: 'utf8' }),
  ) as [{ filename: string; files: { path: string }[] }]
  execFileSync('tar', ['-xf', join(folder, filename), '-C', folder])
  return {
    folder,
    files: files.map(({ path }) => path),
    [Symbol.dispose]() {
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Copies a fixture beside the others, and gives it a copy of the library and links to what both depend on. */
export function install({ folder }: Packed, name: string): string {
  const project = join(folder, name)
  const modules = join(project, 'node_modules')
  cpSync(join(import.meta.dirname, '..', name), project, { recursive: true })
  cpSync(join(folder, 'package'), join(modules, 'wgrad'), { recursive: true })
  const wanted = [project, join(modules, 'wgrad')].flatMap((at) => dependenciesOf(at))
  for (const dependency of new Set(wanted)) {
    if (dependency === 'wgrad') continue
    mkdirSync(dirname(join(modules, dependency)), { recursive: true })
    symlinkSync(join(root, 'node_modules', dependency), join(modules, dependency), 'junction')
  }
  return project
}

/** Runs a program in a project; rejects with what it printed where it fails. */
export async function run(
  project: string,
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  const options = { cwd: project, env: { ...process.env, ...env } }
  try {
    return (await promisify(execFile)(program, args, options)).stdout
  } catch (cause) {
    const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string }
    throw new Error(`${program} ${args.join(' ')} in ${project}\n${stdout}${stderr}`, { cause })
  }
}

/** The path of a package's program in this repository. */
export const tool = (path: string): string => join(root, 'node_modules', path)

function dependenciesOf(folder: string): string[] {
  const { dependencies = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    dependencies?: Readonly<Record<string, string>>
  }
  return Object.keys(dependencies)
}
