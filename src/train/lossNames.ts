/** The losses that go by a name, in options and in weights files. */
import { type Loss, meanSquaredError, softmaxCrossEntropy } from '../ops/losses.ts'

/** What a run minimises: softmaxCrossEntropy takes logits and classes, meanSquaredError any numbers. */
export type LossName = 'softmaxCrossEntropy' | 'meanSquaredError'

const losses: Readonly<Record<LossName, Loss>> = { softmaxCrossEntropy, meanSquaredError }

/** The name of a loss, or else what `defineLoss` made. */
export function isLoss(loss: unknown): loss is LossName | Loss {
  return typeof loss === 'string'
    ? Object.hasOwn(losses, loss)
    : typeof loss === 'function' && 'lossName' in loss
}

/** The loss of a name, or else what `defineLoss` made. */
export function lossNamed(loss: LossName | Loss): Loss {
  return typeof loss === 'string' ? losses[loss] : loss
}
