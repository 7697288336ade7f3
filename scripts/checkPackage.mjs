/**
 * Whether the package as it would be published is well formed (publint) and its types resolve (are the types wrong), in
 * runtimes and bundlers that read ES modules. Wants a build.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'wgrad-package-'))
try {
  const packing = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]
  const [tarball] = JSON.parse(execFileSync('npm', packing, { cwd: root, encoding: 'utf8' }))
  const file = join(folder, tarball.filename)
  check('publint', 'publint/src/cli.js', ['run', '--strict', file])
  check('attw', '@arethetypeswrong/cli/dist/index.js', ['--profile', 'esm-only', file])
  const kilobytes = (bytes) => `${Math.round(bytes / 1000)} kB`
  console.log(
    `${tarball.filename}: ${tarball.entryCount} files, ${kilobytes(tarball.size)}, ` +
      `${kilobytes(tarball.unpackedSize)} unpacked`,
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/**
 * @param {string} name
 * @param {string} program
 * @param {readonly string[]} args
 */
function check(name, program, args) {
  try {
    execFileSync(process.execPath, [join(root, 'node_modules', program), ...args], { encoding: 'utf8' })
    console.log(`${name}: nothing to complain of`)
  } catch (failure) {
    console.error(`${name}:\n${failure.stdout}${failure.stderr}`)
    process.exitCode = 1
  }
}
