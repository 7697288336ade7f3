/** An evaluation as the terminal shows it: the two numbers, the confusion matrix, a row per class. */
import type { Evaluation } from '../train/types.ts'
import { formatCount, formatLoss, formatPercent, formatTable } from './table.ts'

/**
 * @example
 * console.log(formatEvaluation(await evaluate(run, mnist.test)))
 */
export function formatEvaluation({ loss, accuracy, count, confusion, perClass }: Evaluation): string {
  const numbers = formatTable([
    ['test accuracy', `${formatPercent(accuracy)} of ${formatCount(count)}`],
    ['test loss', formatLoss(loss)],
  ])
  return [
    numbers,
    ...(confusion === null
      ? []
      : ['', 'confusion (rows: true, columns: predicted)', formatConfusion(confusion)]),
    ...(perClass === null ? [] : ['', formatClasses(perClass)]),
  ].join('\n')
}

function formatConfusion(confusion: readonly (readonly number[])[]): string {
  const header = ['', ...confusion.map((_, predicted) => String(predicted))]
  const rows = confusion.map((row, label) => [
    `  ${label}`,
    ...row.map((count) => (count === 0 ? '·' : String(count))),
  ])
  return formatTable([header, ...rows])
}

function formatClasses(perClass: NonNullable<Evaluation['perClass']>): string {
  const rows = perClass.map(({ label, precision, recall, f1, support }) => [
    `  ${label}`,
    formatPercent(precision),
    formatPercent(recall),
    formatPercent(f1),
    formatCount(support),
  ])
  return formatTable([['class', 'precision', 'recall', 'F1', 'examples'], ...rows])
}
