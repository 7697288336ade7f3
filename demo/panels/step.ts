/** The dispatches of a training step, what each costs, and the plan in the library's words. */
import { effect } from '@preact/signals-core'
import { byId, make } from '../dom.ts'
import { formatDuration, formatShare, significant } from '../format.ts'
import { dispatchTimes, measure, phase, plan } from '../session.ts'

export function stepPanel(): void {
  const button = byId('measure', HTMLButtonElement)
  button.addEventListener('click', () => {
    button.disabled = true
    button.textContent = 'Measuring'
    void measure().finally(() => {
      button.disabled = false
      button.textContent = 'Measure'
    })
  })
  effect(() => {
    button.disabled = phase.value !== 'ready'
  })
  effect(() => {
    const times = dispatchTimes.value
    const total = times.reduce((sum, { seconds }) => sum + seconds, 0)
    const rows = times.map(({ name, shape, flops, seconds }) =>
      make(
        'tr',
        {},
        make('th', { scope: 'row', textContent: name }),
        ...[
          shape.join('×'),
          `${significant(flops / 1e6)} M`,
          formatDuration(seconds),
          significant(flops / seconds / 1e9),
          formatShare(seconds / total, 0),
        ].map((textContent) => make('td', { textContent })),
      ),
    )
    const empty = make('tr', {}, make('td', { colSpan: 6, textContent: 'Not measured yet.' }))
    byId('dispatches', HTMLTableElement).tBodies[0]?.replaceChildren(...(rows.length > 0 ? rows : [empty]))
  })
  effect(() => {
    if (plan.value !== '') byId('plan', HTMLElement).textContent = plan.value
  })
}
