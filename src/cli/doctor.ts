/** `wgrad doctor`: what this machine has, what is missing, and what to do about it. */
import type { Command } from 'commander'
import { doctor, formatDoctor } from '../node/doctor.ts'
import { exitCodes } from './exit.ts'

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description(
      'Look at this machine: runtime, adapter, what is missing. Exit code 0 if a device computes, else 1.',
    )
    .option('--json', 'data as one JSON object on stdout')
    .addHelpText('after', examples)
    .action(examine)
}

const examples = `
Examples:
  wgrad doctor
  wgrad doctor --json`

async function examine({ json = false }: { readonly json?: boolean }): Promise<void> {
  const report = await doctor()
  console.log(json ? JSON.stringify(report) : formatDoctor(report))
  process.exitCode = report.ok ? exitCodes.ok : exitCodes.failed
}
