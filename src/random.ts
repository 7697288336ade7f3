/**
 * The ground floor: the one source of chance. A seed and a purpose ("shuffle", "dense_1.weight") give a stream of
 * their own, so that adding a consumer does not change what the others draw.
 */

/** A stream of pseudo-random numbers: sfc32, seeded through FNV-1a hashes of seed and purpose. */
export interface Random {
  /** Uniform in [0, 1), 32 bits of resolution. */
  uniform(): number
  /** Standard normal, by the Box-Muller transform. */
  normal(): number
  /** A permutation of 0 … count − 1 (Fisher-Yates). */
  permutation(count: number): Uint32Array<ArrayBuffer>
}

/**
 * @example
 * const random = createRandom(1, 'shuffle')
 * random.permutation(4) // the same four numbers in the same order, for ever
 */
export function createRandom(seed: number, purpose: string): Random {
  const next = sfc32(seed, purpose)
  const uniform = (): number => next() / 2 ** 32
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    permutation(count) {
      const order = Uint32Array.from({ length: count }, (_, i) => i)
      for (let i = count - 1; i > 0; i--) {
        const j = Math.floor(uniform() * (i + 1))
        const swapped = order[i] ?? 0
        order[i] = order[j] ?? 0
        order[j] = swapped
      }
      return order
    },
  }
}

/** Chris Doty-Humphrey's sfc32 (PractRand); passes BigCrush, period about 2^127. */
function sfc32(seed: number, purpose: string): () => number {
  const text = `${String(seed)}/${purpose}`
  let a = fnv1a(text, 0x811c9dc5)
  let b = fnv1a(text, 0x9e3779b9)
  let c = fnv1a(text, 0x85ebca6b)
  let counter = 1
  const next = (): number => {
    const t = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + t) | 0
    return t >>> 0
  }
  for (let i = 0; i < 15; i++) next()
  return next
}

/** 32 bits; from another basis the same text gives another hash, so that three make 96. */
function fnv1a(text: string, basis: number): number {
  let hash = basis
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash | 0
}
