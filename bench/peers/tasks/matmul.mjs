/** A product of two square matrices that lie on the device; only the last of a turn comes back to the host. */
import { createRandom } from '../../../dist/random.js'

/**
 * @typedef {Awaited<ReturnType<typeof matmulTask>>['product']} Product
 */
export function matmulTask(size) {
  const operand = (name) => {
    const random = createRandom(1, name)
    return Float32Array.from({ length: size * size }, () => 2 * random.uniform() - 1)
  }
  const product = { size, a: operand('a'), b: operand('b') }
  return {
    product,
    unit: 'GFLOP/s',
    unitsPerRepetition: (2 * size ** 3) / 1e9,
    enter: (contestant) => contestant.multiply(product),
    tolerance: 1e-5,
    /** The largest difference of an element, relative to the largest element. */
    deviation: (values, expected) => {
      let [difference, largest] = [0, 0]
      expected.forEach((value, i) => {
        difference = Math.max(difference, Math.abs(values[i] - value))
        largest = Math.max(largest, Math.abs(value))
      })
      return difference / largest
    },
  }
}
