/** A user's own hooks: WGSL text that becomes what linking joins with a kernel, as our files in shaders/hooks do. */
import { ShaderError } from '../errors.ts'
import type { LossHook, ShaderBinding, ShaderFile, StoreHook } from './link.ts'
import { hookNames, parseShader, withoutComments } from './parseShader.ts'

/** The names of the bindings in a WGSL text that the compiler knows; any string where it does not. */
export type BindingNames<Wgsl extends string> = string extends Wgsl
  ? string
  : Wgsl extends `${string}var<storage, ${string}> ${infer Name}: ${infer Rest}`
    ? Name | BindingNames<Rest>
    : never

/** A store hook that knows its bindings by name. */
export interface NamedStoreHook<Name extends string> extends StoreHook {
  readonly bindings: readonly (ShaderBinding & { readonly name: Name })[]
}

/**
 * A store hook of your own: one function that each element of a result [M, N] goes through on its way to memory. It may
 * read buffers of its own, with their shape in a comment behind: `[M, N] f32` or `[N] f32`. Written with `Stored` in the
 * place of every f32, of its bindings too, it may get four columns at a time, as vec4f; columns and indices count in fours.
 *
 * @param wgsl has `fn store_<name>(value: f32, row: u32, column: u32, index: u32) -> f32`, index being row · N + column
 * @throws ShaderError where that function is missing, or a declaration is not in the form that linking reads
 * @example
 * const scale = storeHook(`@group(0) @binding(0) var<storage, read> factors: array<f32>; // [N] f32
 * fn store_scale(value: f32, row: u32, column: u32, index: u32) -> f32 {
 *   return factors[column] * value;
 * }`)
 * const product = await matmul(device, { M: 128, N: 10, K: 784, store: [scale] })
 * const call = product.bind({ a, b, factors, out })
 */
export function storeHook<const Wgsl extends string>(wgsl: Wgsl): NamedStoreHook<BindingNames<Wgsl>> {
  const file = parse(wgsl, 'store', 'fn store_<name>(value: f32, row: u32, column: u32, index: u32) -> f32')
  // What the compiler reads off the text and what parsing finds are the same names.
  return { kind: 'store', ...file } as unknown as NamedStoreHook<BindingNames<Wgsl>>
}

/** A loss hook: loss_<name>(output, target) of an element, and gradient_<name>, its derivative by the output. */
export function lossHook(wgsl: string): LossHook {
  const file = parse(wgsl, 'loss', 'fn loss_<name>(output: f32, wanted: f32) -> f32')
  if (!hookNames(wgsl, 'gradient').includes(file.name)) {
    throw new ShaderError(`the loss ${file.name} needs a function gradient_${file.name} beside it`)
  }
  if (file.bindings.length > 0) {
    throw new ShaderError(
      `the loss ${file.name} has bindings; a loss is a function of output and target alone`,
    )
  }
  return { kind: 'loss', ...file }
}

function parse(source: string, form: string, signature: string): ShaderFile {
  const [name, ...others] = hookNames(source, form)
  if (name === undefined || others.length > 0) {
    const found = name === undefined ? 'it has none' : `it has ${[name, ...others].join(', ')}`
    throw new ShaderError(`a ${form} hook is one function ${signature}; ${found}`)
  }
  const file = parseShader(name, source)
  const code = withoutComments(source)
  if (code.split('@group').length - 1 !== file.bindings.length) {
    throw new ShaderError(
      `the hook ${name}: write each binding as @group(0) @binding(0) var<storage, read> name: array<f32>; // [N] f32`,
    )
  }
  if (Array.from(code.matchAll(/\boverride\b/g)).length !== Object.keys(file.overrides).length) {
    throw new ShaderError(`the hook ${name}: write each override on a line of its own: override SLOPE: f32;`)
  }
  return file
}
