/** The command line of a benchmark: `--help` says what there is, and a mistake ends with one line and code 2. */
import { Command } from 'commander'
import { OptionError } from '../dist/errors.js'

/**
 * @param {string} name what is typed before its options
 * @param {string} description
 */
export function benchCommand(name, description) {
  return new Command(name)
    .description(description)
    .helpOption('--help', 'this text')
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
}

/**
 * What the command was given.
 * @param {Command} command
 */
export function readOptions(command) {
  try {
    return command.parse().opts()
  } catch (error) {
    if (error instanceof OptionError) return command.error(`error: ${error.message}`)
    throw error
  }
}

/**
 * `4e-3,6e-3`: values that `parse` takes, with commas between.
 * @template T
 * @param {(text: string) => T} parse
 */
export function listOf(parse) {
  return (value) => value.split(',').map(parse)
}
