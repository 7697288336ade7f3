/** The entry `wgrad/testing`: what tells whether an op, a layer or a loss of your own is right. */
export { expectClose, relativeError, unwrittenBits } from './testing/compare.ts'
export type { Checkable, GradientCheck, GradientCheckOptions, OperandCheck } from './testing/gradientCheck.ts'
export { gradientCheck } from './testing/gradientCheck.ts'
