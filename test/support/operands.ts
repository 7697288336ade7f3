/**
 * The load hooks as the case table uses them: for each the buffers that it reads, its overrides, and the matrix that
 * the kernel sees through it, by the hook's twin.
 */
import * as hooks from '../../src/generated/hooks.ts'
import type { Constants, LoadHook } from '../../src/gpu/link.ts'
import { createRandom } from '../../src/random.ts'
import { gather } from '../reference/gather.ts'
import { gatherF32 } from '../reference/gather_f32.ts'
import { gatherOneHot } from '../reference/gather_one_hot.ts'
import { oneHot } from '../reference/one_hot.ts'
import { integers, normals } from './data.ts'

/** A matrix [rows, columns] and the load hook that it comes through. */
export interface Operand {
  readonly hook: LoadHook
  readonly constants: Constants
  readonly buffers: Readonly<Record<string, Float32Array | Uint32Array | Uint8Array>>
  readonly values: Float64Array // [rows, columns]
  /** What reading it may add to the relative error in norm. */
  readonly tolerance: number
  /** Bytes of the matrix itself: of a dataset only the batch. */
  readonly bytes: number
}

/** Makes an operand of the shape that a case needs. */
export type OperandOf = (rows: number, columns: number) => Operand

/** Where the batches of all cases begin in the permutation; their last row lies past its end. */
export const begin = 3

const seeds = { a: 11, b: 12, targets: 13 }

/** A matrix in memory, standard normals if no values are given. */
export const read =
  (slot: 'a' | 'b' | 'targets', values?: Float32Array): OperandOf =>
  (rows, columns) => {
    const matrix = values ?? normals(rows * columns, seeds[slot])
    return {
      hook: hooks[`read_${slot}`],
      constants: { [`${slot.toUpperCase()}_COLUMNS`]: columns },
      buffers: { [slot]: matrix },
      values: Float64Array.from(matrix),
      tolerance: 0,
      bytes: matrix.byteLength,
    }
  }

/** A matrix in memory whose columns are a multiple of four, read four at a time. */
export const wide: OperandOf = (rows, columns) => ({ ...read('a')(rows, columns), hook: hooks.read_a4 })

/** A batch of a resident dataset of bytes. */
export const gathered: OperandOf = (rows, columns) => gatheredBytes(rows, columns, () => true)

/** The same of images: all zeros but in the middle, and every other one nothing but zeros. */
export const gatheredImages: OperandOf = (rows, columns) =>
  gatheredBytes(
    rows,
    columns,
    (example, column) => example % 2 === 0 && Math.floor((4 * column) / columns) === 1,
  )

function gatheredBytes(
  rows: number,
  columns: number,
  isInk: (example: number, column: number) => boolean,
): ReturnType<OperandOf> {
  const { examples, permutation } = resident(rows)
  const dataset = Uint8Array.from(integers(examples * columns, 2, 256), (byte, i) =>
    isInk(Math.floor(i / columns), i % columns) ? byte : 0,
  )
  return {
    hook: hooks.gather,
    constants: { FEATURES: columns },
    buffers: { dataset, permutation },
    values: gather({ dataset, permutation, begin, M: rows, FEATURES: columns }),
    tolerance: 2 ** -23, // a product with 1/255: two roundings
    bytes: rows * columns,
  }
}

/** A batch of a resident dataset of numbers. */
export const gatheredF32: OperandOf = (rows, columns) => {
  const { examples, permutation } = resident(rows)
  const dataset = normals(examples * columns, 3)
  return {
    hook: hooks.gather_f32,
    constants: { FEATURES: columns },
    buffers: { dataset, permutation },
    values: gatherF32({ dataset, permutation, begin, M: rows, FEATURES: columns }),
    tolerance: 0,
    bytes: rows * columns * 4,
  }
}

/** One-hot rows of class numbers. */
export const labels: OperandOf = (rows, columns) => {
  const classes = integers(rows, 4, columns)
  return {
    hook: hooks.one_hot,
    constants: {},
    buffers: { labels: classes },
    values: oneHot({ labels: classes, M: rows, N: columns }),
    tolerance: 0,
    bytes: rows * 4,
  }
}

/** One-hot rows of a batch of resident class numbers. */
export const gatheredLabels: OperandOf = (rows, columns) => {
  const { examples, permutation } = resident(rows)
  const classes = integers(examples, 5, columns)
  return {
    hook: hooks.gather_one_hot,
    constants: {},
    buffers: { labels: classes, permutation },
    values: gatherOneHot({ labels: classes, permutation, begin, M: rows, N: columns }),
    tolerance: 0,
    bytes: rows * 4,
  }
}

/** A dataset one example too short for a batch that starts at `begin`, so that the last entry repeats. */
function resident(rows: number): Resident {
  const examples = begin + rows - 1
  return { examples, permutation: createRandom(6, 'test/permutation').permutation(examples) }
}

interface Resident {
  readonly examples: number
  readonly permutation: Uint32Array
}
