/** The model and how it is trained, as a form; every change goes into the address. */
import { computed, effect } from '@preact/signals-core'
import { type Config, defaults, formatField, mostLayers, parseField, presets } from '../config.ts'
import { byId, make } from '../dom.ts'
import { formatBytes, formatCount } from '../format.ts'
import {
  announcement,
  config,
  configure,
  dependOn,
  isTraining,
  laboratory,
  refusedSettings,
} from '../session.ts'

const hidden = computed(() => config.value.hidden.join())

export function settingsPanel(): void {
  const form = byId('settings', HTMLFormElement)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
  })
  for (const field of form.querySelectorAll<HTMLInputElement | HTMLSelectElement>('[name]')) {
    field.addEventListener('change', () => {
      take(field, field.name as keyof Config, field.value)
    })
  }
  presetMenu()
  byId('copy-link', HTMLButtonElement).addEventListener('click', () => void copyLink())

  effect(() => {
    for (const field of form.querySelectorAll<HTMLInputElement | HTMLSelectElement>('[name]')) {
      // What is being typed is not finished yet.
      if (field !== document.activeElement)
        field.value = formatField(config.value, field.name as keyof Config)
      field.removeAttribute('aria-invalid')
    }
    void showSize(config.value)
  })
  effect(() => {
    // Not with every change: a click that ends another field's editing would lose its button.
    showLayers(hidden.value === '' ? [] : hidden.value.split(',').map(Number))
  })
  effect(() => {
    // The fields of layers are made anew with every change.
    dependOn(config)
    // What runs keeps what it began with; changing fields then would say otherwise.
    for (const control of form.querySelectorAll<HTMLInputElement>('input, select, button'))
      control.disabled = isTraining.value && control.id !== 'copy-link'
  })
  effect(showRefused)
}

async function showSize(of: Config): Promise<void> {
  const { parameters, bytes } = await laboratory.describe(of)
  if (of !== config.value) return
  byId('parameters', HTMLElement).textContent = formatCount(parameters)
  byId('parameter-bytes', HTMLElement).textContent = formatBytes(bytes)
}

/** Takes a field's text into the configuration, or says beside the form why not. */
function take(field: HTMLElement, name: keyof Config, text: string): void {
  const parsed = parseField(name, text.trim())
  const error = byId('setting-error', HTMLElement)
  if (typeof parsed === 'string') {
    field.setAttribute('aria-invalid', 'true')
    error.textContent = `${name} is “${text}”: ${parsed}`
    return
  }
  error.textContent = ''
  configure({ [name]: parsed.value })
}

function presetMenu(): void {
  const menu = byId('preset', HTMLSelectElement)
  const own = make('option', { value: '', textContent: 'Own settings' })
  const names = Object.keys(presets)
  menu.append(own, ...names.map((name) => make('option', { value: name, textContent: name })))
  menu.addEventListener('change', () => {
    const preset = presets[menu.value]
    if (preset !== undefined) configure({ ...defaults, ...preset })
  })
  effect(() => {
    const current = JSON.stringify(config.value)
    const name = names.find((name) => JSON.stringify({ ...defaults, ...presets[name] }) === current)
    menu.value = name ?? ''
    own.disabled = name !== undefined
  })
}

/** 784, a field for each hidden layer, 10, and a button to add one. */
function showLayers(hidden: readonly number[]): void {
  const change = (widths: readonly number[], focus: number): void => {
    configure({ hidden: widths })
    list.querySelectorAll('input')[Math.min(focus, widths.length - 1)]?.focus()
  }
  const list = byId('layers', HTMLOListElement)
  const items = hidden.map((units, i) => {
    const input = make('input', {
      value: String(units),
      inputMode: 'numeric',
      ariaLabel: `Units of layer ${i + 1}`,
    })
    input.addEventListener('change', () => {
      take(input, 'hidden', hidden.map((width, at) => (at === i ? input.value : width)).join(','))
    })
    const remove = make('button', { type: 'button', textContent: '×', ariaLabel: `Remove layer ${i + 1}` })
    remove.addEventListener('click', () => {
      change(hidden.toSpliced(i, 1), i)
    })
    return make('li', {}, input, remove)
  })
  const add = make('button', {
    type: 'button',
    textContent: '+',
    ariaLabel: 'Add a hidden layer',
    title: 'Add a hidden layer',
  })
  add.hidden = hidden.length >= mostLayers
  add.addEventListener('click', () => {
    change([...hidden, hidden.at(-1) ?? 128], hidden.length)
  })
  list.replaceChildren(
    make('li', { className: 'fixed', textContent: '784' }),
    ...items,
    make('li', {}, add),
    make('li', { className: 'fixed', textContent: '10' }),
  )
}

async function copyLink(): Promise<void> {
  try {
    await navigator.clipboard.writeText(location.href)
    announcement.value = 'The link is copied.'
    byId('copy-link', HTMLButtonElement).textContent = 'Copied'
    setTimeout(() => (byId('copy-link', HTMLButtonElement).textContent = 'Copy link'), 2000)
  } catch {
    byId('setting-error', HTMLElement).textContent =
      'The browser refused the clipboard: copy the address itself.'
  }
}

function showRefused(): void {
  const notice = byId('refused', HTMLElement)
  notice.hidden = refusedSettings.value.length === 0
  notice.replaceChildren(
    make('h2', { textContent: 'The address has settings that the page does not know' }),
    make('ul', {}, ...refusedSettings.value.map((text) => make('li', { textContent: text }))),
    make('p', { textContent: 'The defaults stand in their place.' }),
  )
}
