/**
 * What a run is made of, as the form edits it and the address carries it: a link reproduces a run. A value that the
 * address gets wrong is refused by name, never replaced in silence.
 */
import { learningRateDecay, defaults as recipe } from '../src/cli/recipe.ts'

/** All that decides a run, but for the adapter. */
export interface Config {
  /** Widths of the hidden layers. */
  readonly hidden: readonly number[]
  readonly activation: Activation
  readonly optimizer: 'adam' | 'sgd'
  /** The constant rate, or the peak of the decay. */
  readonly rate: number
  readonly schedule: 'cosine' | 'constant'
  readonly batch: number
  readonly epochs: number
  readonly seed: number
  /** Training images used, validation included. */
  readonly images: number
  /** Percent of the images that are kept back to validate. */
  readonly validation: number
}

const activationNames = ['relu', 'gelu', 'tanh', 'sigmoid'] as const
export type Activation = (typeof activationNames)[number]

export const defaults: Config = {
  hidden: recipe.hidden,
  activation: 'relu',
  optimizer: 'adam',
  rate: learningRateDecay.peak,
  schedule: 'cosine',
  batch: recipe.batch,
  epochs: recipe.epochs,
  seed: recipe.seed,
  images: 60_000,
  validation: 10,
}

export const presets: Readonly<Record<string, Partial<Config>>> = {
  'Small and quick': {},
  'Linear, no hidden layer': { hidden: [], rate: 0.003 },
  'Two layers': { hidden: [512, 256], rate: 0.003 },
  Deep: { hidden: [128, 128, 64, 64], rate: 0.003 },
  'Ten seconds': { images: 12_000, epochs: 3 },
}

export const mostLayers = 8

/** What a field admits, as the form and the address check it. */
type Field =
  | { readonly kind: 'number'; readonly least: number; readonly most: number; readonly whole: boolean }
  | { readonly kind: 'choice'; readonly of: readonly string[] }
  | { readonly kind: 'widths' }

const whole = (least: number, most: number): Field => ({ kind: 'number', least, most, whole: true })

const fields: Readonly<Record<keyof Config, Field>> = {
  hidden: { kind: 'widths' },
  activation: { kind: 'choice', of: activationNames },
  optimizer: { kind: 'choice', of: ['adam', 'sgd'] },
  rate: { kind: 'number', least: 1e-6, most: 10, whole: false },
  schedule: { kind: 'choice', of: ['cosine', 'constant'] },
  batch: whole(1, 4096),
  epochs: whole(1, 1000),
  seed: whole(0, 2 ** 32 - 1),
  images: whole(100, 60_000),
  validation: whole(0, 50),
}

/** A field's value from text; a string that says what is wrong where it is refused. */
export function parseField(name: keyof Config, text: string): { value: Config[keyof Config] } | string {
  const field = fields[name]
  switch (field.kind) {
    case 'widths': {
      const widths = text === 'none' ? [] : text.split(',').map(Number)
      const isWidth = (width: number): boolean => Number.isInteger(width) && width >= 1 && width <= 8192
      if (widths.length <= mostLayers && widths.every(isWidth)) return { value: widths }
      return `expected up to ${mostLayers} widths from 1 to 8192, such as 128,64, or none`
    }
    case 'choice':
      return field.of.includes(text)
        ? { value: text as Activation }
        : `expected one of ${field.of.join(', ')}`
    case 'number': {
      const value = Number(text)
      const { least, most, whole } = field
      const isAdmitted = text.trim() !== '' && value >= least && value <= most
      if (isAdmitted && (!whole || Number.isInteger(value))) return { value }
      return `expected a ${whole ? 'whole ' : ''}number from ${least} to ${most}`
    }
  }
}

/** The configuration of an address, and what it gets wrong. */
export function fromQuery(query: string): { readonly config: Config; readonly refused: readonly string[] } {
  const given = new URLSearchParams(query)
  const refused: string[] = []
  const values: [string, Config[keyof Config]][] = []
  for (const [name, text] of given) {
    if (!isField(name)) {
      refused.push(`“${name}” is no setting; there are ${Object.keys(fields).join(', ')}`)
      continue
    }
    const parsed = parseField(name, text)
    if (typeof parsed === 'string') refused.push(`${name} is “${text}”: ${parsed}`)
    else values.push([name, parsed.value])
  }
  return { config: { ...defaults, ...(Object.fromEntries(values) as Partial<Config>) }, refused }
}

/** What differs from the defaults, for the address. */
export function toQuery(config: Config): string {
  const given = new URLSearchParams()
  for (const name of Object.keys(fields) as (keyof Config)[]) {
    const text = formatField(config, name)
    if (text !== formatField(defaults, name)) given.set(name, text)
  }
  return given.toString().replaceAll('%2C', ',')
}

export function formatField(config: Config, name: keyof Config): string {
  return name === 'hidden' ? config.hidden.join(',') || 'none' : String(config[name])
}

function isField(name: string): name is keyof Config {
  return Object.hasOwn(fields, name)
}
