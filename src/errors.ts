/**
 * The ground floor: every error that wgrad throws on purpose. The class says what kind of thing is wrong, the
 * message names the thing, the value that it has and the way to mend it.
 */

/**
 * What all errors of this library have in common, so that one `instanceof` tells them from defects.
 *
 * @example
 * const run = await fit(gpu, model, mnist.train, options).catch((error) => {
 *   if (!(error instanceof WgradError)) throw error
 *   console.log(error.message) // what is wrong, and how to mend it
 * })
 */
export class WgradError extends Error {
  override name = 'WgradError'
}

/**
 * Operands whose shapes or dtypes do not fit together.
 *
 * @example
 * sequential([28, 28], [dense(10)]) // ShapeError: dense_1: dense: the input is [28, 28] for each example; …
 */
export class ShapeError extends WgradError {
  override name = 'ShapeError'
}

/**
 * Data that cannot be read or used: a truncated file, a wrong magic number, a label out of range.
 *
 * @example
 * oneHot(new Uint8Array([3]), 3) // DataError: …
 */
export class DataError extends WgradError {
  override name = 'DataError'
}

/**
 * An option, argument or URL value that is not admitted.
 *
 * @example
 * dense(0) // OptionError: dense: units is 0; it must be a whole number from 1 up
 */
export class OptionError extends WgradError {
  override name = 'OptionError'
}

/**
 * A weights file that is malformed, or does not belong to the model at hand.
 *
 * @example
 * readSafetensors(new Uint8Array(4)) // WeightsError: …
 */
export class WeightsError extends WgradError {
  override name = 'WeightsError'
}

/**
 * What the device does not do: the kinds below, or an error that it raised in the background.
 *
 * @example
 * const trained = loadModel(gpu, await readWeights('mnist.safetensors'))
 * trained.dispose()
 * await predict(trained, pixels) // DeviceError: predict: the model was disposed of
 */
export class DeviceError extends WgradError {
  override name = 'DeviceError'
}

/**
 * There is no device to be had: no WebGPU, no secure context, no adapter.
 *
 * @example
 * const gpu = await openDevice().catch((error) => {
 *   if (error instanceof AdapterError) return undefined // show a recorded run
 *   throw error
 * })
 */
export class AdapterError extends DeviceError {
  override name = 'AdapterError'
}

/**
 * More than a limit of the device admits.
 *
 * @example
 * const wide = sequential([784], [dense(1e8), relu(), dense(10)])
 * await fit(gpu, wide, mnist.train, options) // LimitError: the parameters of the model have …
 */
export class LimitError extends DeviceError {
  override name = 'LimitError'
}

/**
 * The device has no memory left.
 *
 * @example
 * const run = await fit(gpu, model, mnist.train, options).catch((error) => {
 *   if (!(error instanceof OutOfMemoryError)) throw error
 *   return fit(gpu, model, take(mnist.train, 500), options)
 * })
 */
export class OutOfMemoryError extends DeviceError {
  override name = 'OutOfMemoryError'
}

/**
 * A device that is gone, whoever destroyed it, with all that was on it: open a new one.
 *
 * @example
 * const gpu = await openDevice()
 * gpu.device.destroy()
 * await fit(gpu, model, mnist.train, options) // DeviceLostError: …
 */
export class DeviceLostError extends DeviceError {
  override name = 'DeviceLostError'
}

/**
 * A shader that does not link or compile: an unknown hook, constant or binding.
 *
 * @example
 * defineOp({ wgsl: 'fn square(x: f32) -> f32 { return x * x; }' }) // ShaderError: a store hook is one function …
 */
export class ShaderError extends WgradError {
  override name = 'ShaderError'
}

/**
 * A training run that cannot go on: a loss that is not finite.
 *
 * @example
 * const optimizer = sgd({ learningRate: 1e30 })
 * await fit(gpu, model, mnist.train, { ...options, optimizer }) // TrainingError: the loss of step …
 */
export class TrainingError extends WgradError {
  override name = 'TrainingError'
}
