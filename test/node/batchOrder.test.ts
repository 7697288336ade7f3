/** The order of examples within a batch (src/train/batchOrder.ts). */
import { describe, expect, it } from 'vitest'
import { dataset } from '../../src/index.ts'
import { createRandom } from '../../src/random.ts'
import { batchOrder } from '../../src/train/batchOrder.ts'

const count = 1000
const width = 12
const random = createRandom(1, 'batchOrder')
/** By example, how many bytes are 0 before the first that is not; some have no other. */
const zeros = Array.from({ length: count }, () => Math.floor((width + 1) * random.uniform()))
const images = dataset({
  features: Uint8Array.from({ length: count * width }, (_, i) => {
    const column = i % width
    const first = zeros[(i - column) / width]!
    return column < first ? 0 : column === first ? 1 : (7 * i) % 3
  }),
  targets: new Uint8Array(count),
  classes: 2,
})

/** The last of them is shorter, except where 1000 is a multiple. */
function batches(order: Uint32Array, batchSize: number): number[][] {
  return Array.from({ length: Math.ceil(count / batchSize) }, (_, i) => [
    ...order.subarray(i * batchSize, (i + 1) * batchSize),
  ])
}

describe.each([1, 3, 128, 250, 1000])('in batches of %i', (batchSize) => {
  const shuffled = random.permutation(count)
  const ordered = batchOrder(images, batchSize)(shuffled)

  it('each batch keeps its examples', () => {
    const sets = (order: Uint32Array): number[][] =>
      batches(order, batchSize).map((batch) => batch.toSorted((a, b) => a - b))
    expect(sets(ordered)).toEqual(sets(shuffled))
  })

  it('examples stand by where they begin, the lower number first where that is the same', () => {
    for (const batch of batches(ordered, batchSize)) {
      expect(batch).toEqual(batch.toSorted((a, b) => zeros[a]! - zeros[b]! || a - b))
    }
  })
})
