/** Files as Node writes and reads them: whole or not at all. Everything below deals in bytes. */
import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { WeightsError } from '../errors.ts'

/**
 * Writes a file so that its path holds the old content or the new, never a part: a temporary file beside it, flushed,
 * then renamed. Parent folders are created.
 *
 * @throws the file system's error where a folder or file cannot be written; the temporary file is removed
 * @example
 * await writeFileAtomic('runs/1/metrics.json', JSON.stringify(run.history))
 */
export async function writeFileAtomic(path: string, content: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`)
  try {
    const file = await open(temporary, 'wx')
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/**
 * Writes the bytes of a weights file, whole or not at all.
 *
 * @throws WeightsError where the file cannot be written
 * @example
 * await writeWeights('mnist.safetensors', await run.weights())
 */
export async function writeWeights(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFileAtomic(path, bytes)
  } catch (cause) {
    throw new WeightsError(`${path}: cannot be written (${String(cause)})`, { cause })
  }
}

/**
 * Reads the bytes of a weights file.
 *
 * @throws WeightsError where there is no such file, or it cannot be read
 * @example
 * const bytes = await readWeights('mnist.safetensors')
 */
export async function readWeights(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await readFile(path))
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    const what = isMissing
      ? 'no such weights file; train first, or check the path'
      : `cannot be read (${String(cause)})`
    throw new WeightsError(`${path}: ${what}`, { cause })
  }
}
