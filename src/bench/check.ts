/**
 * Whether what is timed is right: some values of each result against float64. The oracle tests compare every value and
 * judge rounding; this tells a kernel that computes something else, on the very device and shape that is timed.
 */
import { createBuffer, destroyBuffer } from '../gpu/buffer.ts'
import { type Gpu, bufferUsage, mapModeRead } from '../gpu/device.ts'
import type { BufferRange } from '../gpu/kernel.ts'
import { createRandom } from '../random.ts'
import { type Expectation, type Loaded, checkStep } from './work.ts'

export interface Check {
  readonly ok: boolean
  /** What was compared, for people. */
  readonly against: string
  /** The largest of its results, relative in norm. */
  readonly error: number
  readonly tolerance: number
}

/** Runs one repetition and compares at most 256 values of each result, the first and the last among them. */
export async function checkWork(
  gpu: Gpu,
  { program, range }: Loaded,
  expected: readonly Expectation[],
): Promise<Check> {
  program.run([checkStep])
  let error = 0
  for (const { buffer, start, length, at } of expected) {
    const spots = chooseSpots(length)
    const actual = await readSpots(gpu, range(buffer), start, spots)
    // Math.max keeps NaN, and NaN is not within the tolerance.
    error = Math.max(error, relativeError(actual, spots.map(at)))
  }
  return { ok: error <= tolerance, against: 'float64', error, tolerance }
}

const tolerance = 1e-4

function chooseSpots(length: number): number[] {
  if (length <= most) return Array.from({ length }, (_, i) => i)
  const random = createRandom(1, `spots/${length}`)
  const inner = Array.from({ length: most - 2 }, () => Math.floor(random.uniform() * length))
  return [0, ...inner, length - 1]
}

const most = 256

async function readSpots(
  gpu: Gpu,
  { buffer, offset = 0 }: BufferRange,
  start: number,
  spots: readonly number[],
): Promise<Float32Array> {
  const { device } = gpu
  const usage = bufferUsage.mapRead | bufferUsage.copyDst
  const staging = createBuffer(device, { label: 'spots', size: 4 * spots.length, usage })
  const encoder = device.createCommandEncoder()
  spots.forEach((spot, i) => {
    encoder.copyBufferToBuffer(buffer, offset + 4 * (start + spot), staging, 4 * i, 4)
  })
  device.queue.submit([encoder.finish()])
  try {
    await gpu.wait(staging.mapAsync(mapModeRead))
    return new Float32Array(staging.getMappedRange().slice(0))
  } finally {
    destroyBuffer(staging)
  }
}

/** ‖actual − expected‖ / ‖expected‖, or ‖actual‖ where all of expected is 0. */
function relativeError(actual: Float32Array, expected: readonly number[]): number {
  const distance = Math.hypot(...expected.map((value, i) => (actual[i] ?? NaN) - value))
  return distance / (Math.hypot(...expected) || 1)
}
