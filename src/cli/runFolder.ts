/** The folder of a run: its name, and the files for programs that are written into it. */
import { createHash } from 'node:crypto'
import { mkdir, readdir, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { OptionError } from '../errors.ts'
import { writeFileAtomic } from '../node/files.ts'
import type { Run } from '../train/types.ts'
import { epochsCsv, lossesCsv } from './csv.ts'

/**
 * Refuses a folder of the user's choice that a run must not be written into.
 *
 * @throws OptionError where it has files in it, or is none
 */
export async function checkRunFolder(out: string | undefined): Promise<void> {
  if (out === undefined) return
  const entries = await readdir(out).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new OptionError(`--out: '${out}' is no folder that can be written (${String(error)})`, {
      cause: error,
    })
  })
  if (entries.length === 0) return
  throw new OptionError(`--out: the folder '${out}' is not empty; name one that does not exist yet`)
}

/**
 * Makes the folder.
 *
 * @param out the user's choice; default `runs/` with date, time (UTC) and shape of the model
 * @throws OptionError where it cannot be made
 */
export async function createRunFolder(out: string | undefined, shape: string, now: Date): Promise<string> {
  const folder = out ?? join('runs', `${timestamp(now)}_${shape}`)
  try {
    if (out === undefined) return await createNumbered(folder)
    await mkdir(out, { recursive: true })
    return out
  } catch (cause) {
    throw new OptionError(`--out: '${folder}' cannot be made (${String(cause)})`, { cause })
  }
}

/** Removes the folder of a run that came to nothing. */
export async function removeIfEmpty(folder: string): Promise<void> {
  await rmdir(folder).catch(() => undefined)
}

/** As JSON for people and programs. */
export async function writeJson(folder: string, name: string, value: unknown): Promise<void> {
  await writeFileAtomic(join(folder, name), `${JSON.stringify(value, null, 2)}\n`)
}

/** `metrics.csv` and `losses.csv`. */
export async function writeTables(
  folder: string,
  { history, losses }: Pick<Run, 'history' | 'losses'>,
): Promise<void> {
  await writeFileAtomic(join(folder, 'metrics.csv'), epochsCsv(history))
  await writeFileAtomic(join(folder, 'losses.csv'), lossesCsv(losses))
}

/** In hexadecimal digits. */
export function sha256(...parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

/** Two runs of one second get a folder each: making a folder that exists fails, whoever was first. */
async function createNumbered(path: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true })
  for (let attempt = 1; ; attempt++) {
    const folder = attempt === 1 ? path : `${path}_${attempt}`
    try {
      await mkdir(folder)
      return folder
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

/** `2026-11-22_20-04-44`: sorts by time, and every file system takes it. */
function timestamp(now: Date): string {
  return now.toISOString().slice(0, 19).replace('T', '_').replaceAll(':', '-')
}
