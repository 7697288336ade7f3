/** The `@example`s in the docstrings of what the entries export: found by the compiler, run as programs. */
import { join, relative } from 'node:path'
import { compileFunction } from 'node:vm'
import ts from 'typescript'

const root = join(import.meta.dirname, '../..')

/** Those whose examples only a page can run, which test/consumers does: Node has no IndexedDB. */
export const inPages: readonly string[] = ['tuningCache']

/** A value that an entry exports, and where it comes from. */
export interface Exported {
  readonly entry: string
  /** `dense`, `ops.matmul`. */
  readonly name: string
  readonly file: string
  readonly examples: readonly string[]
}

/** What the entries export, types left out; what two of them export is that of the first. */
export function exportsOf(entries: readonly string[]): Exported[] {
  const program = ts.createProgram(
    entries.map((entry) => join(root, entry)),
    compilerOptions(),
  )
  const checker = program.getTypeChecker()
  const seen = new Set<ts.Symbol>()
  const within = (module: ts.Symbol, entry: string, prefix: string): Exported[] =>
    checker.getExportsOfModule(module).flatMap((symbol): Exported[] => {
      const name = prefix + symbol.name
      const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0
      const target = isAlias ? checker.getAliasedSymbol(symbol) : symbol
      if ((target.flags & ts.SymbolFlags.ValueModule) !== 0) return within(target, entry, `${name}.`)
      if (target.valueDeclaration === undefined || seen.has(target)) return []
      seen.add(target)
      const file = relative(root, target.valueDeclaration.getSourceFile().fileName)
      const tags = target.getJsDocTags(checker).filter((tag) => tag.name === 'example')
      return [{ entry, name, file, examples: tags.map(({ text }) => ts.displayPartsToString(text)) }]
    })
  return entries.flatMap((entry) => {
    const file = program.getSourceFile(join(root, entry))
    const module = file && checker.getSymbolAtLocation(file)
    if (module === undefined) throw new Error(`${entry}: no such entry`)
    return within(module, entry, '')
  })
}

function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    readonly config: unknown
  }
  return ts.parseJsonConfigFileContent(config, { ...ts.sys, readDirectory: () => [] }, root).options
}

/**
 * Runs an example among these names. A comment behind an expression is its value: as JSON, a text as it is, of an error
 * that is thrown `OptionError: its message`; `…` stands for whatever follows.
 */
export async function runExample(code: string, names: Readonly<Record<string, unknown>>): Promise<void> {
  const run = compileFunction(`return (async () => {\n${withChecks(code)}\n})()`, [
    'check',
    ...Object.keys(names),
  ]) as unknown as (...values: readonly unknown[]) => Promise<void>
  await run(check, ...Object.values(names))
}

function withChecks(code: string): string {
  const { statements } = ts.createSourceFile('example.js', code, ts.ScriptTarget.Latest, true)
  return statements.reduceRight((text, statement) => {
    const [comment] = ts.getTrailingCommentRanges(code, statement.end) ?? []
    if (!ts.isExpressionStatement(statement) || comment === undefined) return text
    const expression = statement.expression.getText()
    const expected = code.slice(comment.pos, comment.end).replace(/^\/\/\s*/, '')
    const checked = `await check(async () => (${expression}), ${JSON.stringify(expected)});`
    return text.slice(0, statement.getStart()) + checked + text.slice(comment.end)
  }, code)
}

async function check(run: () => Promise<unknown>, expected: string): Promise<void> {
  const value = await run().catch((error: unknown) => {
    if (!/^\w*Error: /.test(expected)) throw error
    return String(error)
  })
  const actual = shown(value)
  const beginning = expected.endsWith('…') ? expected.slice(0, -1) : undefined
  if (beginning === undefined ? actual === expected : actual.startsWith(beginning)) return
  throw new Error(`an example shows\n  ${expected}\nbut it is\n  ${actual}`)
}

function shown(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return String(value)
  const plain = ArrayBuffer.isView(value) ? Array.from(value as Uint8Array) : value
  return JSON.stringify(plain ?? null).replaceAll(',', ', ')
}
