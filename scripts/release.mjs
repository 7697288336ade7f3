/**
 * Everything that comes before publishing, and then a stop: a clean tree, a version that the changelog knows, every
 * check and test, and what the package would hold. Publishing is a command of its own, for a person.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')
const read = (file) => readFileSync(resolve(root, file), 'utf8')
const { name, version } = JSON.parse(read('package.json'))

refuseUnless(
  git('status', '--porcelain') === '',
  'the tree has changes that are not committed; commit or stash them',
)
refuseUnless(
  read('CHANGELOG.md').includes(`\n## [${version}] - `),
  `CHANGELOG.md has no section "## [${version}] - <date>"; write it, or set the version with npm version`,
)
refuseUnless(
  git('tag', '--list', `v${version}`) === '',
  `the tag v${version} exists, so ${version} was released; set the next version with npm version`,
)

run('npm', 'install')
refuseUnless(git('status', '--porcelain') === '', 'npm install changed package-lock.json; commit it')
run('npm', 'test')
run('npm', 'pack', '--dry-run')
console.log(`\n${name} ${version} is ready and not published. To publish it:

  git tag v${version} && git push --tags
  npm publish`)

/** @param {readonly string[]} args */
function git(...args) {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim()
}

/**
 * @param {string} program
 * @param {readonly string[]} args
 */
function run(program, ...args) {
  execFileSync(program, args, { cwd: root, stdio: 'inherit' })
}

function refuseUnless(condition, reason) {
  if (condition) return
  console.error(`release: ${reason}`)
  process.exit(1)
}
