/**
 * The ground floor: every error that wgrad throws on purpose. The class says what kind of thing is wrong, the
 * message names the thing, the value that it has and the way to mend it.
 */

/** What all errors of this library have in common, so that one `instanceof` tells them from defects. */
export class WgradError extends Error {
  override name = 'WgradError'
}

/** Operands whose shapes or dtypes do not fit together. */
export class ShapeError extends WgradError {
  override name = 'ShapeError'
}

/** Data that cannot be read or used: a truncated file, a wrong magic number, a label out of range. */
export class DataError extends WgradError {
  override name = 'DataError'
}

/** An option, argument or URL value that is not admitted. */
export class OptionError extends WgradError {
  override name = 'OptionError'
}

/** A weights file that is malformed, or does not belong to the model at hand. */
export class WeightsError extends WgradError {
  override name = 'WeightsError'
}

/** What the device does not do: the kinds below, or an error that it raised in the background. */
export class DeviceError extends WgradError {
  override name = 'DeviceError'
}

/** There is no device to be had: no WebGPU, no secure context, no adapter. */
export class AdapterError extends DeviceError {
  override name = 'AdapterError'
}

/** More than a limit of the device admits. */
export class LimitError extends DeviceError {
  override name = 'LimitError'
}

/** The device has no memory left. */
export class OutOfMemoryError extends DeviceError {
  override name = 'OutOfMemoryError'
}

/** A device that is gone, whoever destroyed it, with all that was on it: open a new one. */
export class DeviceLostError extends DeviceError {
  override name = 'DeviceLostError'
}

/** A shader that does not link or compile: an unknown hook, constant or binding. */
export class ShaderError extends WgradError {
  override name = 'ShaderError'
}

/** A training run that cannot go on: a loss that is not finite. */
export class TrainingError extends WgradError {
  override name = 'TrainingError'
}
