/**
 * The short form of `npm run soak`: hundreds of cycles of everything, in a process of its own. Its bounds are in the
 * script. Opening devices on an instance each grew by 6 MiB here, bound 1; a buffer that each program forgets changes the
 * bytes on the device, bound 0.
 */
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { runCommand } from './support/cli.ts'

const command = fileURLToPath(new URL('../../bench/soak.mjs', import.meta.url))

it('neither the device nor the process holds more after many trainings, predictions and devices', async () => {
  const { code, stdout, stderr } = await runCommand(process.cwd(), ['--quick'], { command })
  expect(stderr).toBe('')
  expect(stdout.match(/^\| (?!---)\S.*\|$/gm)).toHaveLength(6)
  expect(code).toBe(0)
})

it('--help: options and exit codes', async () => {
  const { code, stdout } = await runCommand(process.cwd(), ['--help'], { command })
  expect(code).toBe(0)
  expect(stdout).toContain('Usage: npm run soak')
  expect(stdout).toContain('1 something grew')
})
