/** Below digit.ts: cropping and scaling of a plane of ink on a ground of 0. */

/** Values ≥ 0 on a ground of 0; [height, width], row-major. */
export interface Plane {
  readonly width: number
  readonly height: number
  readonly values: Float32Array
}

/** The smallest rectangle that holds all values above `edge` times the largest. */
export function crop({ width, height, values }: Plane, edge: number): Plane {
  const threshold = edge * values.reduce((largest, value) => Math.max(largest, value), 0)
  let [left, right, top, bottom] = [width, 0, height, 0]
  for (let i = 0; i < values.length; i++) {
    if ((values[i] ?? 0) <= threshold) continue
    const x = i % width
    const y = Math.floor(i / width)
    left = Math.min(left, x)
    right = Math.max(right, x + 1)
    top = Math.min(top, y)
    bottom = Math.max(bottom, y + 1)
  }
  const size = { width: right - left, height: bottom - top }
  const cropped = new Float32Array(size.width * size.height)
  for (let y = 0; y < size.height; y++) {
    const start = (top + y) * width + left
    cropped.set(values.subarray(start, start + size.width), y * size.width)
  }
  return { ...size, values: cropped }
}

/** Scales to a larger side of `target` pixels, the aspect kept: averages areas to shrink, interpolates to enlarge. */
export function fit({ width, height, values }: Plane, target: number): Plane {
  const larger = Math.max(width, height)
  const columns = windows(width, larger, target)
  const rows = windows(height, larger, target)
  const scaled = new Float32Array(rows.length * columns.length)
  rows.forEach((row, y) => {
    columns.forEach((column, x) => {
      let sum = 0
      for (const v of row)
        for (const u of column) sum += v.weight * u.weight * (values[v.index * width + u.index] ?? 0)
      scaled[y * columns.length + x] = sum
    })
  })
  return { width: columns.length, height: rows.length, values: scaled }
}

interface Tap {
  readonly index: number
  readonly weight: number
}

/**
 * For each pixel of a side that is scaled by target / larger, the source pixels that it averages: all that it covers
 * when shrinking; when enlarging a window one pixel wide, which is linear interpolation. The centres of both sides
 * meet.
 */
function windows(side: number, larger: number, target: number): Tap[][] {
  const step = larger / target
  const length = Math.ceil((side * target) / larger)
  const window = Math.max(1, step)
  return Array.from({ length }, (_, i) => {
    const start = side / 2 + (i + 0.5 - length / 2) * step - window / 2
    const end = start + window
    const taps: Tap[] = []
    for (let index = Math.max(0, Math.floor(start)); index < Math.min(side, end); index++) {
      taps.push({ index, weight: (Math.min(index + 1, end) - Math.max(index, start)) / window })
    }
    return taps
  })
}
