/** A model as people read it. */
import { elementsOf } from '../graph/value.ts'
import { type Sequential, parameterCount } from './model.ts'

/**
 * The model as a table of layers, output shapes and parameter counts, as Keras prints it.
 *
 * @example
 * console.log(summary(sequential([784], [dense(128), relu(), dense(10)])))
 */
export function summary(model: Sequential): string {
  const count = new Intl.NumberFormat('en-US')
  const rows = model.layers.map(({ name, layer, outputShape, parameters }) => [
    `${name} (${layer.kind})`,
    `(batch, ${outputShape.join(', ')})`,
    count.format(parameters.reduce((sum, parameter) => sum + elementsOf(parameter), 0)),
  ])
  const header = ['Layer (type)', 'Output shape', 'Param #']
  const widths = header.map(
    (title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)) + 2,
  )
  const format = (row: readonly string[]): string =>
    row
      .map((cell, i) => (i === 2 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('')
      .trimEnd()
  const rule = '─'.repeat(widths.reduce((sum, width) => sum + width, 0))
  const total = parameterCount(model)
  const size = `${((total * 4) / 1024).toFixed(1)} KB`
  return [
    format(header),
    rule,
    ...rows.map(format),
    rule,
    `Total params: ${count.format(total)} (${size})`,
  ].join('\n')
}
