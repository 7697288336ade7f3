/**
 * Writes src/generated/: every shader with what TypeScript must know of it (entry point, bindings, overrides, workgroup
 * size, the hooks that it calls), read off the .wgsl files so that nothing is typed twice. Each is an export of its own,
 * so that a bundler leaves out those that nothing imports, and each kernel a module of its own, so that it puts one where
 * it is used first. Runs before build, test and development.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const root = fileURLToPath(new URL('..', import.meta.url))
const shaders = join(root, 'shaders')

/** @param {string} folder */
const wgslFiles = (folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.wgsl'))
    .sort()
    .map((file) => ({
      name: basename(file, '.wgsl'),
      source: readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n'),
    }))

// Node 20 runs no TypeScript; the file imports nothing but types.
const parser = readFileSync(join(root, 'src/gpu/parseShader.ts'), 'utf8')
const { outputText } = ts.transpileModule(parser, { compilerOptions: { module: ts.ModuleKind.ESNext } })
/** @type {typeof import('../src/gpu/parseShader.ts')} */
const { hookNames, parseShader, withoutComments } = await import(
  `data:text/javascript,${encodeURIComponent(outputText)}`
)

/**
 * The comment with which a file opens, as one line.
 * @param {string} source
 */
const headerOf = (source) =>
  /^(\/\/.*\n)*/
    .exec(source)[0]
    .replace(/\n?\/\/ ?/g, ' ')
    .trim()

/**
 * What is shipped in a bundle: no comments, no indentation, no empty lines, no spaces that part neither two words nor two
 * operators. A compiler that refuses a line quotes it.
 * @param {string} source
 */
const packed = (source) =>
  withoutComments(source)
    .replace(/^[ \t]+|[ \t]+$/gm, '')
    .replace(/\n+/g, '\n')
    .trim()
    .replace(/(?<=(.)) +(?=(.))/g, (_, before, after) =>
      /\w\w|[-+*/%&|^<>=!]{2}/.test(before + after) ? ' ' : '',
    )

/** @param {{ name: string, source: string }} file */
const describe = ({ name, source }) => ({
  ...parseShader(name, source),
  about: headerOf(source),
  source: packed(source),
})

/**
 * The parts whose functions a text calls, and those that they call. A part x4 stands in for x in kernels that store four
 * values at a time.
 * @param {string} source
 * @returns {typeof parts}
 */
const partsOf = (source) => {
  const called = parts.filter(
    (part) =>
      !part.name.endsWith('4') &&
      [...part.source.matchAll(/^fn (\w+)\(/gm)].some(
        ([, fn]) => new RegExp(`\\b${fn}\\(`).test(source) && !source.includes(`fn ${fn}(`),
      ),
  )
  return called.length === 0 ? [] : [...called, ...partsOf(joined(source, called))]
}

/**
 * @param {string} source
 * @param {typeof parts} called
 */
const joined = (source, called) => [source, ...called.map((part) => part.source)].join('\n')

/**
 * What is declared as a plain number.
 * @param {'const' | 'override'} keyword
 * @param {string} code
 */
const numbersOf = (keyword, code) =>
  Array.from(
    code.matchAll(new RegExp(`^${keyword} (\\w+)(?:: \\w+)? = (\\d+)u?;`, 'gm')),
    ([, name, value]) => [name, Number(value)],
  )

/** @param {{ name: string, source: string }} file */
function kernelOf(file) {
  const called = partsOf(file.source)
  const whole = { ...file, source: joined(file.source, called) }
  const code = withoutComments(whole.source)
  const entry = /@compute @workgroup_size\(([^)]*)\)\s*fn (\w+)/.exec(code)
  if (entry?.[2] !== file.name)
    throw new Error(`${file.name}.wgsl: its entry point must be named ${file.name}`)
  const sizes = new Map([...numbersOf('const', code), ...numbersOf('override', code)])
  const workgroup = (entry[1] ?? '').split(',').map((size) => {
    const text = size.trim()
    const value = sizes.get(text) ?? Number(text)
    if (!Number.isInteger(value)) throw new Error(`${file.name}.wgsl: workgroup size ${text} has no value`)
    return value
  })
  const slotsOf = (form) =>
    [...new Set([...code.matchAll(new RegExp(`\\b${form}_(\\w+)\\(`, 'g'))].map(([, slot]) => slot))].sort()
  const [narrow, wide, words] = [slotsOf('load'), slotsOf('load4'), slotsOf('word')]
  const both = wide.find((slot) => narrow.includes(slot))
  if (both !== undefined)
    throw new Error(`${file.name}.wgsl: loads ${both} one value or four at a time, not both`)
  return {
    ...describe(whole),
    source: packed(file.source),
    parts: called.map(({ name }) => name),
    ...inFours(whole, called),
    workgroup,
    loads: [...narrow, ...wide].sort(),
    wide,
    ...(words.length > 0 && { words }),
    store: /\bstore\(/.test(code),
    subgroups: /\b(subgroup|quad)[A-Z]\w*\(/.test(code),
  }
}

/**
 * Of a kernel whose results are Stored: the override that says how many columns they have, and its parts where these are
 * stored four at a time.
 * @param {{ name: string, source: string }} file
 * @param {typeof parts} called
 */
function inFours({ source }, called) {
  const columns = /array<Stored>;[ \t]*\/\/ \[\w+, (\w+)\]/.exec(source)?.[1]
  const names = new Set(parts.map(({ name }) => name))
  const wideParts = called.map(({ name }) => (names.has(`${name}4`) ? `${name}4` : name))
  return columns === undefined ? {} : { columns, wideParts }
}

/** @param {{ name: string, source: string }} file */
function hookOf(file) {
  const forms = ['load', 'load4', 'adjust', 'store', 'loss']
  const form = forms.find((form) => hookNames(file.source, form).includes(file.name))
  if (form === undefined)
    throw new Error(
      `hooks/${file.name}.wgsl: needs a function load_, load4_, adjust_, store_ or loss_${file.name}`,
    )
  const wide = form.startsWith('load') ? { wide: form === 'load4' } : {}
  const words = hookNames(file.source, 'word').length > 0 && { words: true }
  return { kind: form.replace('4', ''), ...wide, ...words, ...describe(file) }
}

const files = wgslFiles(shaders)
const step = files.find(({ name }) => name === 'step')
const [kernelFiles, parts] = [true, false].map((isKernel) =>
  files.filter((file) => file !== step && file.source.includes('@compute') === isKernel),
)
const kernels = kernelFiles.map(kernelOf)
const hooks = wgslFiles(join(shaders, 'hooks')).map(hookOf)
const packedParts = parts.map(({ name, source }) => ({
  name,
  source: packed(source),
  numbers: numbersOf('const', source),
}))
const sources = [...kernels, ...packedParts, ...hooks].map(({ source }) => source)
const stepSource = packed(step?.source ?? '')

/** @param {string} name */
const camelCase = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase())

/**
 * A store hook, which `wgrad/kernels` may export, is shown in use.
 * @param {{ name: string, kind?: string, about: string }} file
 */
const docstring = ({ name, kind, about }) =>
  kind === 'store'
    ? `/**
 * ${about}
 *
 * @example
 * const kernel = await elementwise(device, { M: 128, N: 10, store: [${camelCase(name)}] })
 */`
    : `/** ${about} */`

/** @param {string} text */
const stringConstant = (text) => `${JSON.stringify(text)} as string`

/**
 * @param {{ name: string, about: string, source: string, parts?: readonly string[], wideParts?: readonly string[] }} file
 */
const constant = ({ about, source, parts, wideParts, ...rest }) => {
  const known = JSON.stringify(rest).slice(0, -1)
  const lists = Object.entries({ parts, wideParts }).filter(([, names]) => names !== undefined)
  const texts = [
    `"source":${stringConstant(source)}`,
    ...lists.map(([key, names]) => `"${key}":[${names.join()}]`),
  ]
  return `\n${docstring({ about, ...rest })}\nexport const ${rest.name} = ${known},${texts.join()}} as const\n`
}

/**
 * @param {string} name
 * @param {string} text
 */
const write = (name, text) => {
  writeFileSync(
    join(root, `src/generated/${name}.ts`),
    `/** Written by scripts/generateShaders.mjs from shaders/. Do not edit. */\n${text}`,
  )
}

rmSync(join(root, 'src/generated'), { recursive: true, force: true })
for (const folder of ['kernels', 'parts']) mkdirSync(join(root, 'src/generated', folder), { recursive: true })
for (const { name, source, numbers } of packedParts) {
  const lines = [[name, stringConstant(source)], ...numbers].map(
    ([key, value]) => `export const ${key} = ${value}\n`,
  )
  write(`parts/${name}`, lines.join(''))
}
for (const kernel of kernels) {
  const imports = [...new Set([...kernel.parts, ...(kernel.wideParts ?? [])])].map(
    (part) => `import { ${part} } from '../parts/${part}.ts'\n`,
  )
  write(`kernels/${kernel.name}`, imports.join('') + constant(kernel))
}
write('kernels', kernels.map(({ name }) => `export { ${name} } from './kernels/${name}.ts'\n`).join(''))
write('hooks', hooks.map(constant).join(''))
write(
  'step',
  `/** The uniform row that differs from step to step, appended to each shader that reads \`step\`. */
export const stepSource: string = ${JSON.stringify(stepSource)}
`,
)
write(
  'hash',
  `/** SHA-256 of all sources: it changes where one does. */
export const shadersHash = '${createHash('sha256')
    .update([stepSource, ...sources].join('\n'))
    .digest('hex')}'
`,
)
