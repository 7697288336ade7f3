/** The values of options, checked before anything slow begins: an error names the option, the value and the range. */
import type { Command } from 'commander'
import { OptionError } from '../errors.ts'

/** Reads the text of an option. */
export type Parse<T> = (text: string) => T

/** A whole number in plain digits, both ends admitted. */
export function integer(option: string, low: number, high: number): Parse<number> {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN
    if (value >= low && value <= high) return value
    throw new OptionError(`${option} is '${text}', expected a whole number from ${low} to ${high}`)
  }
}

/** A decimal number above `above`, and at most `most` or below `below`. */
export function number(
  option: string,
  { above, most = Infinity, below = Infinity }: { above: number; most?: number; below?: number },
): Parse<number> {
  const range = `above ${above} and ${below < Infinity ? `below ${below}` : `at most ${most}`}`
  return (text) => {
    const value = /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN
    if (value > above && value <= most && value < below) return value
    throw new OptionError(`${option} is '${text}', expected a number ${range}`)
  }
}

/** `512,256`: whole numbers; `none`: none. */
export function integerList(option: string, low: number, high: number): Parse<readonly number[]> {
  const expected = `whole numbers from ${low} to ${high} with commas between (512,256), or none`
  return (text) => {
    if (text === 'none') return []
    const values = text.split(',').map((part) => (/^\d+$/.test(part.trim()) ? Number(part) : NaN))
    if (values.every((value) => value >= low && value <= high)) return values
    throw new OptionError(`${option} is '${text}', expected ${expected}`)
  }
}

/** A text that an empty shell variable must not stand for. */
export function text(option: string): Parse<string> {
  return (value) => {
    if (value.trim() !== '') return value
    throw new OptionError(`${option} is empty, expected a text`)
  }
}

/** `matmul=matmul_tile`: a name for what stands before the last `=`; given again, it adds to those before. */
export function assignment(
  option: string,
): (text: string, before?: Readonly<Record<string, string>>) => Readonly<Record<string, string>> {
  return (text, before = {}) => {
    const [, of, name] = /^(.+)=([^=]+)$/.exec(text) ?? []
    if (of !== undefined && name !== undefined) return { ...before, [of]: name }
    throw new OptionError(`${option} is '${text}', expected a form like matmul=matmul_tile`)
  }
}

export interface CommonOptions {
  readonly adapter?: string
  readonly json?: boolean
}

/** The options of every command that computes. */
export function withCommonOptions(command: Command): Command {
  return withAdapter(command).option('--json', 'data as one JSON object on stdout')
}

/** Where a command computes. */
export function withAdapter(command: Command): Command {
  return command.option(
    '--adapter <name>',
    "'gpu', 'software', or a part of an adapter's name",
    text('--adapter'),
  )
}
