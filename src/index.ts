/** The entry `wgrad`: everything that runs in any WebGPU runtime. */
export * as ops from './ops.ts'
export type { DType, Shape, Value, VariantNames } from './graph/value.ts'
export type { Dataset, DatasetOptions } from './data/dataset.ts'
export { dataset } from './data/dataset.ts'
export { flatten, normalise, oneHot } from './data/preprocess.ts'
export type { Split, SplitOptions } from './data/split.ts'
export { split, take } from './data/split.ts'
export {
  DataError,
  DeviceError,
  AdapterError,
  DeviceLostError,
  LimitError,
  OutOfMemoryError,
  OptionError,
  ShaderError,
  ShapeError,
  TrainingError,
  WeightsError,
  WgradError,
} from './errors.ts'
export type { OpenDeviceOptions } from './gpu/browser.ts'
export { openDevice } from './gpu/browser.ts'
export type { AdapterDescription, Gpu } from './gpu/device.ts'
export type { DeviceMemory } from './gpu/buffer.ts'
export type { TuningCache } from './gpu/tuningDatabase.ts'
export { tuningCache } from './gpu/tuningDatabase.ts'
export type { PlannedDispatch } from './graph/formatPlan.ts'
export type { Safetensors } from './io/readSafetensors.ts'
export type { HostTensor, NamedTensor } from './io/safetensors.ts'
export { readSafetensors } from './io/readSafetensors.ts'
export { writeSafetensors } from './io/safetensors.ts'
export type { Fans, Initializer } from './nn/initializers.ts'
export { glorotUniform, heNormal, zeros } from './nn/initializers.ts'
export type { DenseOptions, Layer, LayerDefinition, LayerMakers, ParameterSpec } from './nn/layers.ts'
export { dense, gelu, layer, relu, sigmoid, softmax, tanh } from './nn/layers.ts'
export type { Parameter, Sequential } from './nn/model.ts'
export { parameterCount, sequential } from './nn/model.ts'
export type { AdamOptions, Optimizer, SgdOptions } from './nn/optimizers.ts'
export { adam, sgd } from './nn/optimizers.ts'
export type { CosineDecayOptions, Schedule } from './nn/schedules.ts'
export { cosineDecay } from './nn/schedules.ts'
export { summary } from './nn/summary.ts'
export type { OpDefinition } from './ops/defineOp.ts'
export { defineOp } from './ops/defineOp.ts'
export type { Applied, ElementwiseOp, GradientRule } from './ops/elementwise.ts'
export type { Loss, LossDefinition, LossOperands } from './ops/losses.ts'
export { defineLoss } from './ops/losses.ts'
export type { Random } from './random.ts'
export { activations, evaluate, fit, predict, profile, saliency, tune, warmUp } from './train/calls.ts'
export type { VariantTrial } from './train/compete.ts'
export type { Activations } from './train/inspect.ts'
export type { BufferBatch, Features } from './train/keptReaders.ts'
export type { LossName } from './train/lossNames.ts'
export type { CheckpointOptions, FitOptions } from './train/options.ts'
export type { ProfiledDispatch } from './train/profile.ts'
export { readChoices, writeChoices } from './train/storedChoices.ts'
export type { TuneOptions, TunedDispatch, Tuning } from './train/tune.ts'
export type {
  ClassMetrics,
  EpochReport,
  Evaluation,
  Metrics,
  Prediction,
  Run,
  StepReport,
  TrainedModel,
  Training,
} from './train/types.ts'
export type { LoadOptions } from './train/weights.ts'
export { getWeights, loadModel, setWeights } from './train/weights.ts'
