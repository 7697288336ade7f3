/**
 * A set of examples in the memory of the host: features and targets as flat typed arrays. Loaders make one, `fit`
 * and `evaluate` take one; it goes to the GPU once and stays there.
 */

/** Examples, one row each. */
export interface Dataset {
  /** Number of examples. */
  readonly count: number
  /** Shape of one example, for instance [28, 28]. */
  readonly featureShape: readonly number[]
  /** [count, …featureShape], row-major; u8 is normalised 0–255 to 0–1 on the GPU, f32 is used as it is. */
  readonly features: Uint8Array<ArrayBuffer> | Float32Array<ArrayBuffer>
  /** Class numbers [count] as u32, or dense targets [count, outputs] as f32. */
  readonly targets: Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>
  /** Number of classes, or of dense target columns: the width of the model's output. */
  readonly outputs: number
}
