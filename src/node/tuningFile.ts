/** Where the choices of the tuner outlive a program in Node: a file in the user's cache folder. */
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { TuningCache } from '../gpu/tuningDatabase.ts'
import { writeFileAtomic } from './files.ts'

/** The file of `tuningCache()`. */
export function tuningPath(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'wgrad', 'tuning.json')
}

/**
 * The cache of this user: `wgrad/tuning.json` in `$XDG_CACHE_HOME`, by default `~/.cache`. Its promises reject with the
 * file system's errors.
 *
 * @param path another file
 * @example
 * const choices = await readChoices(tuningCache(), gpu)
 */
export function tuningCache(path = tuningPath()): TuningCache {
  return {
    async read() {
      try {
        return await readFile(path, 'utf8')
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        throw error
      }
    },
    write: (text) => writeFileAtomic(path, text),
  }
}
