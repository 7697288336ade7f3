import { ShapeError } from '../errors.ts'
import * as hooks from '../generated/hooks.ts'
import { type StoreOp, type Value, apply, formatShape } from '../graph/value.ts'
import { columnSum } from './columnSum.ts'

/**
 * x [M, N] with the vector b [N] added to every row, f32.
 *
 * @throws ShapeError where they do not fit
 * @example
 * const { ok } = await gradientCheck(gpu, { op: ops.bias, shapes: [[5, 7], [7]] })
 * ok // true
 */
export function bias(x: Value, b: Value): Value {
  if (b.shape.length !== 1 || b.shape[0] !== x.shape.at(-1)) {
    throw new ShapeError(
      `bias: x is ${formatShape(x.shape)} but b is ${formatShape(b.shape)}; b must be [columns of x]`,
    )
  }
  return apply(biasOp, [x, b], [{ shape: x.shape, dtype: 'f32' }])
}

const biasOp: StoreOp = {
  kind: 'store',
  name: 'bias',
  hook: hooks.bias,
  flopsPerElement: 1,
  addsRow: true,
  gradient: (_, gradient) => [gradient, columnSum(gradient)],
}
