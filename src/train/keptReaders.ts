/** What is kept of the readers of a model, so that its `dispose` frees them too: src/train/reader.ts makes them. */

/** Examples that live on the device already. */
export interface BufferBatch {
  /** Of the model's own device, with the usage COPY_SRC; u8 is packed, up to a whole word. */
  readonly buffer: GPUBuffer
  /** Where the first example begins, in bytes; a multiple of 4. Default 0. */
  readonly offset?: number
  /** Examples, [count, …inputShape]. */
  readonly count: number
  readonly dtype: 'u8' | 'f32'
}

/** Examples [count, …inputShape], row-major: u8 is normalised 0–255 to 0–1, f32 is used as it is. */
export type Features = Uint8Array | Float32Array | BufferBatch

/** The values of a reading by name, [count, …]. */
export type Values = Readonly<Record<string, Float32Array>>

/** A compiled program with its memory. */
export interface Reader {
  /** Submits a batch at once, and resolves with its values. */
  run(features: Features, classes: Uint32Array<ArrayBuffer>): Promise<Values>
  dispose(): void
}

/** The readers of a model: those asked for, and those that are ready. */
interface Kept {
  readonly asked: Map<string, Promise<Reader>>
  readonly ready: Set<Reader>
}

/** Those of a model, by its parameters. */
export function keptOf(parameters: GPUBuffer): Kept {
  const kept = readers.get(parameters) ?? { asked: new Map(), ready: new Set() }
  readers.set(parameters, kept)
  return kept
}

/** Frees what is kept for a model; nothing can be read of it from now on. */
export function releaseReaders(parameters: GPUBuffer): void {
  for (const reader of readers.get(parameters)?.ready ?? []) reader.dispose()
  readers.delete(parameters)
  released.add(parameters)
}

export function isReleased(parameters: GPUBuffer): boolean {
  return released.has(parameters)
}

/** They live as long as the parameters that they read. */
const readers = new WeakMap<GPUBuffer, Kept>()
const released = new WeakSet<GPUBuffer>()
