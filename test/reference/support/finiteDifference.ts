/** The judge of the backward twins: a derivative that knows nothing of how the function is made. */

/**
 * The gradient [n] of f at x [n] by central differences, (f(x + h) − f(x − h)) / 2h in one coordinate after the other.
 * The default step of 1e-5 is near the cube root of the float64 epsilon, where the h² of the method and the rounding
 * of f meet: about 1e-10 relative for a smooth f of order 1. A kink nearer than h gives a wrong value.
 */
export function finiteDifference(f: (x: Float64Array) => number, x: Float64Array, step = 1e-5): Float64Array {
  return x.map((at, i) => {
    const moved = (to: number): number => f(x.with(i, to))
    // The step that the two arguments are really apart, after rounding.
    return (moved(at + step) - moved(at - step)) / (at + step - (at - step))
  })
}
