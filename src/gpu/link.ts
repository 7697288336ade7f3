/**
 * Joins a kernel with the hooks that it calls into one WGSL module, and says what that module needs: bindings in
 * order, overrides, the step row. Nothing is rewritten but the numbers of bindings. What is added: the lines that chain
 * the hooks of a slot, and what Stored is.
 */
import { ShaderError } from '../errors.ts'
import { stepSource } from '../generated/step.ts'

export interface ShaderBinding {
  readonly name: string
  readonly access: 'read' | 'read_write'
  /** WGSL type, for instance array<f32>. */
  readonly type: string
  /** Shape and dtype for people, for instance [M, N] f32. */
  readonly shape: string
}

/** What TypeScript knows of a WGSL file: parseShader.ts reads it off. */
export interface ShaderFile {
  readonly name: string
  readonly source: string
  readonly bindings: readonly ShaderBinding[]
  /** By name, whether it needs a value. */
  readonly overrides: Readonly<Record<string, boolean>>
  /** Whether it reads the uniform row `step`. */
  readonly step: boolean
}

/** A kernel of shaders/: an entry point that leaves its hooks undefined. */
export interface KernelShader extends ShaderFile {
  /** The texts of the parts whose functions it calls. */
  readonly parts: readonly string[]
  /** The same where it stores four columns at a time, if it can. */
  readonly wideParts?: readonly string[]
  /** The override that says how many columns such results have. */
  readonly columns?: string
  readonly workgroup: readonly number[]
  /** Its load slots: for each, it calls start_<slot>(row) and load_<slot>(start, column). */
  readonly loads: readonly string[]
  /** Those for which it calls load4_<slot>(start, quad) instead: columns 4 · quad … 4 · quad + 3. */
  readonly wide: readonly string[]
  /** Those for which it calls word_<slot>(start, quad) too, the same as it lies in memory, and values_<slot>(word, quad). */
  readonly words?: readonly string[]
  /** Whether it needs the device's feature of that name. */
  readonly subgroups: boolean
  /** Whether it calls store(value, row, column, index), columns and indices counted in Stored. */
  readonly store: boolean
}

/** Where an operand comes from: start_<name>(row) and load_<name>(start, column). */
export interface LoadHook extends ShaderFile {
  readonly kind: 'load'
  /** Whether it has load4_<name>(start, quad) instead, which only wide kernels can call. */
  readonly wide: boolean
  /** Whether it has word_<name>(start, quad), where 0 is four zeros, and values_<name>(word). */
  readonly words?: boolean
}

/** Changes what a load hook returns: adjust_<name>(value, column), and adjust4_<name> for wide kernels. */
export interface AdjustHook extends ShaderFile {
  readonly kind: 'adjust'
}

/** Changes a result on its way to memory: store_<name>(value, row, column, index). */
export interface StoreHook extends ShaderFile {
  readonly kind: 'store'
}

/** The loss of one element: loss_<name>(output, target), and gradient_<name>, its derivative by the output. */
export interface LossHook extends ShaderFile {
  readonly kind: 'loss'
}

export type LoadChain = readonly [LoadHook, ...AdjustHook[]]

/** A kernel with a choice of hooks for each of its slots. */
export interface Linking {
  readonly kernel: KernelShader
  readonly loads: Readonly<Record<string, LoadChain>>
  readonly store: readonly StoreHook[]
}

/** Values of a shader's overrides, by name; a bool is 0 or 1. */
export type Constants = Readonly<Record<string, number>>

export interface LinkedShader {
  readonly name: string
  readonly code: string
  /** In the order of their numbers in @group(0). */
  readonly bindings: readonly ShaderBinding[]
  readonly overrides: ShaderFile['overrides']
  readonly step: boolean
}

/**
 * Throws ShaderError where a slot has no hook that fits, a hook has no slot, or two hooks want the same name.
 *
 * @param constants of the overrides: their sizes say whether four columns are stored at a time. Default none: they are not
 */
export function link({ kernel, loads, store }: Linking, constants: Constants = {}): LinkedShader {
  const name = linkingName({ kernel, loads, store })
  const chains = kernel.loads.map((slot) => {
    const chain = loads[slot]
    if (chain === undefined) throw new ShaderError(`${name}: the load slot "${slot}" has no hook`)
    if (chain[0].wide && !kernel.wide.includes(slot)) {
      throw new ShaderError(
        `${name}: "${chain[0].name}" loads four values, but this kernel loads one at a time`,
      )
    }
    return { slot, chain }
  })
  const unknown = Object.keys(loads).find((slot) => !kernel.loads.includes(slot))
  if (unknown !== undefined) {
    throw new ShaderError(
      `${name}: there is no load slot "${unknown}"; it has ${kernel.loads.join(', ') || 'none'}`,
    )
  }
  if (store.length > 0 && !kernel.store) throw new ShaderError(`${name}: this kernel calls no store hooks`)

  const files: ShaderFile[] = [kernel, ...chains.flatMap(({ chain }) => chain), ...store]
  const bindings = files.flatMap((file) => file.bindings)
  checkDistinct(
    name,
    'binding',
    bindings.map((binding) => binding.name),
    'a hook with bindings links once',
  )
  const overrides = [...new Set(files)].map((file) => file.overrides)
  checkDistinct(name, 'override', overrides.flatMap(Object.keys), 'rename one of them')

  const wideParts = storesFours({ kernel, loads, store }, constants) ? kernel.wideParts : undefined
  const step = files.some((file) => file.step)
  let number = 0
  const code = [
    ...new Set([kernel.source, ...(wideParts ?? kernel.parts), ...files.map((file) => file.source)]),
    ...(step ? [stepSource] : []),
    ...chains.flatMap(({ slot, chain }) => [
      `fn start_${slot}(row: u32) -> u32 { return start_${chain[0].name}(row); }`,
      kernel.wide.includes(slot)
        ? wideLoadChain(slot, chain, kernel.words?.includes(slot) === true)
        : loadChain(slot, chain),
    ]),
    ...(kernel.store ? [storeChain(store, wideParts ? 'vec4f' : 'f32')] : []),
    ...(kernel.subgroups ? [lengths(bindings)] : []),
  ]
    .join('\n')
    .replace(/(?<=@group\(0\) ?)@binding\(\d+\)/g, () => `@binding(${number++})`)
  return { name, code, bindings, overrides: Object.fromEntries(overrides.flatMap(Object.entries)), step }
}

function checkDistinct(linking: string, kind: string, names: readonly string[], fix: string): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice === undefined) return
  throw new ShaderError(`${linking}: the ${kind} "${twice}" is declared by two hooks; ${fix}`)
}

/** A kernel that calls loss() and loss_gradient(), with the hook that has them; it goes by the hook's name. */
export function withLoss(kernel: KernelShader, hook: LossHook): KernelShader {
  const { name } = hook
  const chain = [
    `fn loss(output: f32, wanted: f32) -> f32 { return loss_${name}(output, wanted); }`,
    `fn loss_gradient(output: f32, wanted: f32) -> f32 { return gradient_${name}(output, wanted); }`,
  ]
  return {
    ...kernel,
    name,
    source: [kernel.source, hook.source, ...chain].join('\n'),
    bindings: [...kernel.bindings, ...hook.bindings],
    overrides: { ...kernel.overrides, ...hook.overrides },
  }
}

/** `matmul(gather, b) → bias → relu`: the kernel, the load hooks that are more than a read, the store hooks. */
export function linkingName({ kernel, loads, store }: Linking, name: string = kernel.name): string {
  const operands = Object.entries(loads).map(([slot, chain]) =>
    chain
      .map((hook) => nameOf(hook))
      .map((hook) => (hook === `read_${slot}` ? slot : hook))
      .join('+'),
  )
  const plain = Object.keys(loads).every((slot, i) => operands[i] === slot)
  return [plain ? name : `${name}(${operands.join(', ')})`, ...store.map((hook) => hook.name)].join(' → ')
}

/** The same for a hook that loads four values: it is another form, not another thing. */
function nameOf(hook: LoadHook | AdjustHook): string {
  return hook.kind === 'load' && hook.wide ? hook.name.replace(/4$/, '') : hook.name
}

function loadChain(slot: string, [source, ...adjusts]: LoadChain): string {
  const value = adjusts.reduce(
    (inner, adjust) => `adjust_${adjust.name}(${inner}, column)`,
    `load_${source.name}(start, column)`,
  )
  return `fn load_${slot}(start: u32, column: u32) -> f32 { return ${value}; }`
}

/** A hook that loads one value at a time is called four times. */
function wideLoadChain(slot: string, [source, ...adjusts]: LoadChain, words: boolean): string {
  const { name } = source
  const values = [0, 1, 2, 3].map((i) => `load_${name}(start, 4 * quad + ${i})`)
  const four = source.wide ? `load4_${name}(start, quad)` : `vec4f(${values.join(', ')})`
  const adjusted = (value: string): string =>
    adjusts.reduce((inner, adjust) => `adjust4_${adjust.name}(${inner}, 4 * quad)`, value)
  const load = `fn load4_${slot}(start: u32, quad: u32) -> vec4f { return ${adjusted(four)}; }`
  if (!words) return load
  return `${load} fn word_${slot}(start: u32, quad: u32) -> u32 { return word_${name}(start, quad); }
fn values_${slot}(word: u32, quad: u32) -> vec4f { return ${adjusted(`values_${name}(word)`)}; }`
}

/** Not 0. SwiftShader divides for the length of an array, so kernels for processors ask for all before their loops. */
function lengths(bindings: readonly ShaderBinding[]): string {
  // An array whose type says its length has none to be asked for.
  const arrays = bindings.filter(({ type }) => /^array[^,]+$/.test(type))
  return `fn lengths() -> u32 { return ${arrays.map(({ name }) => `arrayLength(&${name})`).join(' | ')}; }`
}

/** Whether each row of the results begins at a whole four, and every hook takes four columns. */
function storesFours({ kernel, store }: Linking, constants: Constants): boolean {
  const { [kernel.columns ?? '']: length = 1, LAST_ROW_AT = 0 } = constants
  return (length | LAST_ROW_AT) % 4 === 0 && store.every(({ source }) => /\bStored\b/.test(source))
}

function storeChain(hooks: readonly StoreHook[], stored: string): string {
  const value = hooks.reduce((inner, hook) => `store_${hook.name}(${inner}, row, column, index)`, 'value')
  return `alias Stored = ${stored}; fn store(value: Stored, row: u32, column: u32, index: u32) -> Stored { return ${value}; }`
}
