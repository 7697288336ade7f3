/** The code blocks of the README and the guides, for the tests that run them as they stand. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

export interface Program {
  /** That of its first line, `// name.js`, by which others import it; else a number. */
  readonly file: string
  readonly code: string
  /** What it prints, from the comments behind: `console.log(…) // → 97`. */
  readonly shown: readonly string[]
}

/** The blocks of JavaScript; only the number of epochs of MNIST is cut to one. */
export function programsOf(document: string): Program[] {
  return blocksOf(document, 'js').map((block, i) => {
    const code = block.replace('epochs: 5', 'epochs: 1')
    return {
      file: /^\/\/ ([\w.]+\.js)\n/.exec(code)?.[1] ?? `program${i}.js`,
      code,
      shown: Array.from(code.matchAll(/console\.log\(.*\) \/\/ → (.*)$/gm), ([, text = '']) => text),
    }
  })
}

/** The calls of the command line in blocks for shells and machines: `npx wgrad doctor`. */
export function commandsOf(document: string): string[] {
  const lines = ['sh', 'yaml', 'dockerfile'].flatMap((language) => blocksOf(document, language)).join('')
  return Array.from(lines.matchAll(/\bnpx wgrad .*$/gm), ([command]) => command)
}

/** What stands in the blocks of a language. */
export function blocksOf(document: string, language: string): string[] {
  const text = readFileSync(join(root, document), 'utf8')
  const blocks = text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))
  return Array.from(blocks, ([, block = '']) => block)
}
