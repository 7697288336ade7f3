/**
 * The choices of the tuner in a cache: what was found on this adapter with this driver, for the shaders as they are. A
 * cache is a convenience: one that cannot be read or understood is as good as none.
 */
import { shadersHash } from '../generated/hash.ts'
import type { AdapterDescription, Gpu } from '../gpu/device.ts'
import type { TuningCache } from '../gpu/tuningDatabase.ts'
import type { VariantNames } from '../graph/value.ts'
import { isRecord } from '../records.ts'

/**
 * The choices for this adapter, for `fit`; none where there are none, or where the shaders have changed since.
 *
 * @param onNotice told in one line where the cache is damaged and therefore ignored; default: to the console
 * @example
 * const run = await fit(gpu, model, mnist.train, { ...options, choices: await readChoices(tuningCache(), gpu) })
 */
export async function readChoices(
  cache: TuningCache,
  { adapter }: Gpu,
  onNotice: (line: string) => void = (line) => {
    console.warn(line)
  },
): Promise<VariantNames> {
  try {
    const stored = parse(await cache.read())
    return stored?.shaders === shadersHash ? (stored.adapters[nameOf(adapter)] ?? {}) : {}
  } catch (error) {
    onNotice(`the cache of tuned kernels is ignored (${String(error)}); tuning again replaces it`)
    return {}
  }
}

/**
 * Adds choices to those that are stored for this adapter. Rejects where the cache cannot be written.
 *
 * @example
 * const { choices } = await tune(gpu, model, mnist.train, { ...options, seconds: 0.5 })
 * await writeChoices(tuningCache(), gpu, choices)
 */
export async function writeChoices(
  cache: TuningCache,
  { adapter }: Gpu,
  choices: VariantNames,
): Promise<void> {
  const before = await cache
    .read()
    .then(parse)
    .catch(() => undefined)
  const adapters = before?.shaders === shadersHash ? before.adapters : {}
  const name = nameOf(adapter)
  const after: Stored = {
    shaders: shadersHash,
    adapters: { ...adapters, [name]: { ...adapters[name], ...choices } },
  }
  await cache.write(`${JSON.stringify(after, null, 2)}\n`)
}

/** What the text of a cache holds, as JSON. */
interface Stored {
  /** The hash of the shaders that were timed. */
  readonly shaders: string
  /** By adapter and driver. */
  readonly adapters: Readonly<Record<string, VariantNames>>
}

function nameOf({ name, driver }: AdapterDescription): string {
  // Browsers tell no driver.
  return driver === '' ? name : `${name}, ${driver}`
}

function parse(text: string | undefined): Stored | undefined {
  if (text === undefined) return undefined
  const value: unknown = JSON.parse(text)
  if (isStored(value)) return value
  throw new Error('it holds something else')
}

function isStored(value: unknown): value is Stored {
  if (!isRecord(value) || typeof value.shaders !== 'string' || !isRecord(value.adapters)) return false
  return Object.values(value.adapters).every(
    (choices) => isRecord(choices) && Object.values(choices).every((name) => typeof name === 'string'),
  )
}
