/** The examples that a model is most wrong about. */
import type { Prediction } from '../train/types.ts'

export interface Mistake {
  /** Row of the dataset. */
  readonly index: number
  readonly label: number
  readonly predicted: number
  /** What the model gave the class that it chose, and the true one. */
  readonly probability: number
  readonly probabilityOfLabel: number
}

/** A dataset's labels, and how many classes there are. */
export interface Labelled {
  readonly targets: ArrayLike<number>
  readonly outputs: number
}

/**
 * Misclassified examples, the surest first.
 *
 * @example
 * const worst = worstMistakes(await predict(run, mnist.test.features), mnist.test, 24)
 */
export function worstMistakes({ outputs, classes }: Prediction, set: Labelled, most: number): Mistake[] {
  const mistakes = Array.from(classes, (predicted, index): Mistake => {
    const label = set.targets[index] ?? NaN
    const probabilityOf = (column: number): number => outputs[index * set.outputs + column] ?? NaN
    return {
      index,
      label,
      predicted,
      probability: probabilityOf(predicted),
      probabilityOfLabel: probabilityOf(label),
    }
  })
  return mistakes
    .filter(({ label, predicted }) => label !== predicted)
    .toSorted((a, b) => b.probability - a.probability)
    .slice(0, most)
}
