/** Ops of a user's own: an elementwise function in WGSL and its gradient. */
import { OptionError } from '../errors.ts'
import { storeHook } from '../gpu/hook.ts'
import type { Constants, StoreHook } from '../gpu/link.ts'
import { type ElementwiseOp, type GradientRule, elementwise, hookGradient } from './elementwise.ts'

/** What `defineOp` makes an op of. */
export interface OpDefinition {
  /**
   * The op, as `fn store_<name>(value: f32, row: u32, column: u32, index: u32) -> f32`. Its bindings are further operands,
   * with their shape in a comment behind: `// [M, N] f32` like x, `// [N] f32` for one of each column.
   */
  readonly wgsl: string
  /**
   * The gradient by x: a function of that form on the gradient by the output. A binding of it whose name ends in
   * `_input` holds x, one in `_output` what the op returned, any other the operand of that name. Where operands have
   * gradients too: a function from the gradient by the output to those by x and by each operand. Default: none.
   */
  readonly gradient?: string | GradientRule
  /** Values of the overrides in both. Default none. */
  readonly constants?: Constants
}

/**
 * An elementwise op: fused like our own into the kernel that makes its input. `gradientCheck` from `wgrad/testing` tells
 * whether its gradient is right.
 *
 * @throws ShaderError where the WGSL has no such function
 * @throws OptionError where a constant is none of its overrides
 * @example
 * const square = defineOp({
 *   wgsl: 'fn store_square(value: f32, row: u32, column: u32, index: u32) -> f32 { return value * value; }',
 *   gradient: `@group(0) @binding(0) var<storage, read> square_input: array<f32>; // [M, N] f32
 *     fn store_square_grad(value: f32, row: u32, column: u32, index: u32) -> f32 {
 *       return 2 * square_input[index] * value;
 *     }`,
 * })
 * const squareLayer = () => layer({ kind: 'squareLayer', apply: (x) => square(x) })
 * const { ok } = await gradientCheck(gpu, { layer: squareLayer(), shape: [7] })
 * ok // true
 */
export function defineOp({ wgsl, gradient, constants = {} }: OpDefinition): ElementwiseOp {
  const hook: StoreHook = storeHook(wgsl)
  const gradientHook: StoreHook | undefined = typeof gradient === 'string' ? storeHook(gradient) : undefined
  const known = new Set([hook, gradientHook].flatMap((one) => Object.keys(one?.overrides ?? {})))
  const unknown = Object.keys(constants).find((name) => !known.has(name))
  if (unknown !== undefined) {
    const names = [...known].join(', ') || 'none'
    throw new OptionError(`${hook.name}: there is no override "${unknown}"; it has ${names}`)
  }
  const rule =
    gradientHook === undefined
      ? (gradient as GradientRule | undefined)
      : hookGradient(hook, gradientHook, 1, constantsOf(gradientHook, constants))
  return elementwise({
    hook,
    flopsPerElement: 1,
    constants: constantsOf(hook, constants),
    ...(rule && { gradient: rule }),
  })
}

function constantsOf({ overrides }: StoreHook, constants: Constants): Constants {
  const names = new Set(Object.keys(overrides))
  return Object.fromEntries(Object.entries(constants).filter(([name]) => names.has(name)))
}
