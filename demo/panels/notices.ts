/** What the page says outside of its panels: the adapter, failures, and what a screen reader should hear. */
import { effect } from '@preact/signals-core'
import { byId, make } from '../dom.ts'
import { adapter, announcement, failure } from '../session.ts'

export function notices(): void {
  effect(() => {
    if (adapter.value === undefined) {
      const text = failure.value?.fatal === true ? 'No GPU to train on' : 'Looking for a GPU'
      byId('adapter', HTMLElement).replaceChildren(make('span', { textContent: text }))
      return
    }
    const { name, vendor, architecture, software } = adapter.value
    const kind = software ? 'software: the processor runs the shaders' : `${vendor} ${architecture}`.trim()
    byId('adapter', HTMLElement).replaceChildren(
      make('span', { textContent: name }),
      make('small', { textContent: kind }),
    )
  })
  effect(() => {
    const found = failure.value
    const box = byId('failure', HTMLElement)
    box.hidden = found === undefined
    if (found === undefined) {
      box.replaceChildren()
      return
    }
    box.dataset.kind = found.kind
    box.replaceChildren(
      make('h2', { textContent: found.title }),
      make('p', { textContent: found.advice }),
      ...(found.detail === '' ? [] : [make('code', { textContent: found.detail })]),
    )
    box.scrollIntoView({ block: 'nearest' })
  })
  effect(() => {
    byId('announcer', HTMLElement).textContent = announcement.value
  })
}
