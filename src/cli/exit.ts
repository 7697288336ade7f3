/** How a command ends: the exit codes that scripts rely on, and what stderr says of an error. */
import { CommanderError } from 'commander'
import { DataError, OptionError, WeightsError, WgradError } from '../errors.ts'

export const exitCodes = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** Work that Ctrl-C ended; the message says what is left of it. */
export class InterruptedError extends WgradError {
  override name = 'InterruptedError'
}

/** Tells an error on stderr, one line where it is not a defect, and gives the exit code. */
export function reportError(error: unknown): ExitCode {
  if (error instanceof CommanderError) return reportCommander(error)
  if (error instanceof WgradError) {
    console.error(`wgrad: ${oneLine(error.message)}`)
    return codeOf(error)
  }
  if (error instanceof Error && isSystemError(error)) {
    console.error(`wgrad: ${oneLine(error.message)}`)
    return exitCodes.failed
  }
  console.error(error instanceof Error ? error.stack : error)
  console.error(
    'wgrad: this is a defect; please report it with these lines and the output of: wgrad doctor --json',
  )
  return exitCodes.failed
}

export const exitCodesHelp = `
Exit codes: 0 done, 1 the work failed, 2 a wrong option or file, 130 stopped by Ctrl-C.`

function codeOf(error: WgradError): ExitCode {
  if (error instanceof InterruptedError) return exitCodes.interrupted
  const isUsage = [OptionError, DataError, WeightsError].some((kind) => error instanceof kind)
  return isUsage ? exitCodes.usage : exitCodes.failed
}

/** Help and version end in an error too; they have printed what they have to say. */
function reportCommander({ code, exitCode, message }: CommanderError): ExitCode {
  if (exitCode === 0) return exitCodes.ok
  // Commander prints help where the command is missing, and has then nothing to add.
  if (code !== 'commander.help') {
    console.error(`wgrad: ${oneLine(message.replace(/^error: |\.$/g, ''))}; see: wgrad --help`)
  }
  return exitCodes.usage
}

/** A full disk, a folder without permission: the system's message names the path, a stack adds nothing. */
function isSystemError(error: NodeJS.ErrnoException): boolean {
  return error.syscall !== undefined && error.code !== undefined
}

function oneLine(message: string): string {
  return message.trim().replace(/\s*\n\s*/g, ' ')
}
