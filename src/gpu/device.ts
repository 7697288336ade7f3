/**
 * A GPUDevice with what the library must know about it. Entry points open one (Node through Dawn, a page through
 * navigator.gpu) or wrap the user's own; everything above takes it as its first argument.
 */

/** What is known of the adapter behind a device. */
export interface AdapterDescription {
  /** One line for people: `SwiftShader Device (LLVM 16.0.0)`, `NVIDIA H100`. */
  readonly name: string
  readonly vendor: string
  readonly architecture: string
  /** The driver's own words, with its version where the runtime tells it. */
  readonly driver: string
  /** True where the shaders run on the processor. */
  readonly software: boolean
}

/** A device and what a runtime adds to it. */
export interface Gpu {
  readonly device: GPUDevice
  readonly adapter: AdapterDescription
  /** Waits for a promise of the device at as little cost as the runtime allows. */
  wait<T>(promise: Promise<T>): Promise<T>
  /** Destroys the device, unless it was the user's own. */
  dispose(): void
}

/** Usage flags as WebGPU fixes them (§ 5.1.1); not every runtime has the globals. */
export const bufferUsage = {
  mapRead: 0x0001,
  copySrc: 0x0004,
  copyDst: 0x0008,
  uniform: 0x0040,
  storage: 0x0080,
} as const
