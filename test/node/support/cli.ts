/** Runs the built command as a user does: in a process and a folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const builtCommand = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url))
if (!existsSync(builtCommand))
  throw new Error('dist/cli/main.js is missing: run `npm run build` before these tests')

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** @param onStart is given the process, to send it signals */
export function runCommand(
  cwd: string,
  args: readonly string[],
  { command = builtCommand, onStart }: { command?: string; onStart?: (child: ChildProcess) => void } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [command, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  onStart?.(child)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      resolve({ code, stdout, stderr })
    })
  })
}
