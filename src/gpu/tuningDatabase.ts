/** Where the choices of the tuner outlive a page: IndexedDB. In Node a file does it: src/node/tuningFile.ts. */

/** A place for one text. */
export interface TuningCache {
  /** The text that was written last; undefined where there is none. */
  read(): Promise<string | undefined>
  /** Replaces the text. */
  write(text: string): Promise<void>
}

/**
 * The cache of this origin, in IndexedDB. Its promises reject where the browser has none or refuses it.
 *
 * @example
 * const choices = await readChoices(tuningCache(), gpu)
 */
export function tuningCache(): TuningCache {
  return {
    async read() {
      const text = await request<unknown>('readonly', (store) => store.get(key))
      return typeof text === 'string' ? text : undefined
    },
    async write(text) {
      await request('readwrite', (store) => store.put(text, key))
    },
  }
}

const name = 'wgrad'
const key = 'tuning'

async function request<T>(
  mode: IDBTransactionMode,
  make: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const opening = indexedDB.open(name, 1)
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore(name)
  }
  const database = await settled(opening)
  try {
    return await settled(make(database.transaction(name, mode).objectStore(name)))
  } finally {
    // It closes once its transactions are done.
    database.close()
  }
}

function settled<T>(asked: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    asked.onsuccess = () => {
      resolve(asked.result)
    }
    asked.onerror = () => {
      reject(asked.error ?? new Error('IndexedDB gave no reason'))
    }
  })
}
