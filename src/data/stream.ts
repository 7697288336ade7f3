/** Below what inflates and downloads: a stream of bytes read to its end, watched on the way. */

/**
 * All bytes of a stream in one array. What `onBytes` throws ends the reading and is passed on.
 *
 * @param onBytes called with the number of bytes so far, after each chunk
 * @example
 * const bytes = await readStream(blob.stream(), (count) => console.log(count))
 */
export async function readStream(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  onBytes: (count: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  // A reader rather than `for await`: not every browser with WebGPU iterates over streams.
  const reader = stream.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      chunks.push(next.value)
      size += next.value.length
      onBytes(size)
    }
  } finally {
    reader.cancel().catch(() => undefined)
  }
  return concat(chunks, size)
}

function concat(chunks: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(size)
  let offset = 0
  for (const chunk of chunks) {
    whole.set(chunk, offset)
    offset += chunk.length
  }
  return whole
}
