/** The last model, kept in IndexedDB: what a reload brings back, and of which a lost tab loses ten seconds at most. */
import { del, get, set } from 'idb-keyval'
import type { Config } from '../config.ts'
import type { RunRecord } from '../record.ts'

export type Kept =
  /** `weights` is a checkpoint: with the optimiser's state. */
  | {
      readonly kind: 'run'
      readonly config: Config
      readonly record: RunRecord
      readonly weights: Uint8Array
    }
  | { readonly kind: 'file'; readonly name: string; readonly weights: Uint8Array }

const key = 'last-model'

export async function readKept(): Promise<Kept | undefined> {
  return await get<Kept>(key).catch(() => undefined)
}

/** A store that is full or forbidden keeps nothing: the model is still there, and can be downloaded. */
export async function keep(kept: Kept): Promise<void> {
  await set(key, kept).catch(() => undefined)
}

export async function forget(): Promise<void> {
  await del(key)
}
