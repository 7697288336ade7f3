/** What the peers' networks begin from and are fed with: wgrad's initial weights, and batches made on the host. */
import { initialValues } from '../../../dist/train/weights.js'

/**
 * The initial weights of a dense classifier, layer by layer.
 *
 * @typedef {{ inputs: number, outputs: number, weight: Float32Array, bias: Float32Array }} Layer
 * @returns {Layer[]}
 */
export function initialLayers(model, sizes, seed) {
  const initial = initialValues(model, seed)
  return sizes.slice(1).map((outputs, i) => ({
    inputs: sizes[i],
    outputs,
    weight: initial.get(`dense_${i + 1}.weight`),
    bias: initial.get(`dense_${i + 1}.bias`),
  }))
}

/** Rows of a dataset as the peers take them: features f32 in 0 to 1, targets one-hot. */
export function hostBatch({ count, features, targets, outputs }, rows) {
  const width = features.length / count
  const x = new Float32Array(rows.length * width)
  const y = new Float32Array(rows.length * outputs)
  rows.forEach((row, i) => {
    for (let column = 0; column < width; column++)
      x[i * width + column] = features[row * width + column] / 255
    y[i * outputs + targets[row]] = 1
  })
  return { features: x, targets: y }
}
