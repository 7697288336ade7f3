/** Sources of a batch: rows of the resident dataset, chosen by the permutation from step.begin on. */
import { ShapeError } from '../errors.ts'
import * as hooks from '../generated/hooks.ts'
import { type LoadOp, type Value, apply, formatShape, inputOf, matrixOf } from '../graph/value.ts'

export interface GatherOperands {
  /** u8 or f32 [examples, features], or class numbers [examples] u32; an external value. */
  readonly rows: Value
  /** [examples] u32, an external value. */
  readonly permutation: Value
  /** Rows of a batch. */
  readonly batchSize: number
  /** Of the lines of images, so many words of four bytes each; default 1, which is for features of other kinds. */
  readonly line?: number
}

/** A batch of rows → [batchSize, features] f32; bytes are normalised from 0–255 to 0–1. */
export function gather({ rows, permutation, batchSize, line = 1 }: GatherOperands): Value {
  checkPermutation(rows, permutation)
  const { label } = rows.node
  const op = rows.dtype === 'u8' ? gatherOp : gatherF32Op
  const { columns } = matrixOf(rows)
  return apply(op, [rows, permutation], [{ shape: [batchSize, columns], dtype: 'f32' }], {
    label,
    attributes: { line },
  })
}

/** A batch of class numbers as one-hot rows → [batchSize, classes] f32. */
export function gatherOneHot({
  rows,
  permutation,
  batchSize,
  classes,
}: GatherOperands & { readonly classes: number }): Value {
  checkPermutation(rows, permutation)
  const { label } = rows.node
  return apply(gatherOneHotOp, [rows, permutation], [{ shape: [batchSize, classes], dtype: 'f32' }], {
    label,
  })
}

function checkPermutation(rows: Value, permutation: Value): void {
  if (permutation.shape.length !== 1 || permutation.shape[0] !== rows.shape[0]) {
    throw new ShapeError(
      `gather: rows is ${formatShape(rows.shape)} but permutation is ${formatShape(permutation.shape)}; ` +
        'it must be [examples]',
    )
  }
}

// Not the number of rows: the same kernels serve every dataset of that width.
const width: LoadOp['constants'] = (node) => ({ FEATURES: matrixOf(inputOf(node, 0)).columns })

const gatherOp: LoadOp = {
  kind: 'load',
  name: 'gather',
  hook: hooks.gather,
  wideHook: hooks.gather4,
  constants: width,
}

const gatherF32Op: LoadOp = { kind: 'load', name: 'gather_f32', hook: hooks.gather_f32, constants: width }

const gatherOneHotOp: LoadOp = {
  kind: 'load',
  name: 'gather_one_hot',
  hook: hooks.gather_one_hot,
  constants: () => ({}),
}
