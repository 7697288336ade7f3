/** What gpustats compiles: each distinct dispatch of the plans that the library makes for a GPU, taken from the build. */
import { batchValues } from '../../dist/bench/examples.js'
import { f32 } from '../../dist/bench/case.js'
import { link, linkingName } from '../../dist/gpu/link.js'
import { makePlan, passesOf } from '../../dist/graph/plan.js'
import { adam, dense, relu, sequential } from '../../dist/index.js'
import { matmul } from '../../dist/ops/matmul.js'
import { gpuVariants } from '../../dist/ops/variants/gpu.js'
import { planTraining } from '../../dist/train/graphs.js'

const classes = ['discrete', 'integrated', 'apple']
const transposes = [false, true].flatMap((transposeA) =>
  [false, true].map((transposeB) => ({ transposeA, transposeB })),
)

/** Each makes its plan for a device: its class, features and limits. */
const makers = [
  (options) => trainingStep([128], options),
  (options) => trainingStep([512, 256], options),
  (options) => product({ M: 1024, N: 1024, K: 1024 }, options),
  ...transposes.map((transposed) => (options) => product({ M: 257, N: 511, K: 129, ...transposed }, options)),
]

/**
 * Shaders that are the same for several classes of adapter are one.
 *
 * @param {{ features: ReadonlySet<string>, maxBindings: number }} options what the device admits
 * @returns {{ name: string, classes: string[], linking: object, constants: object }[]}
 */
export function dispatchesFor(options) {
  const found = new Map()
  for (const adapter of classes) {
    const plans = makers.map((make) => make({ ...options, variantSets: gpuVariants, adapter }))
    const dispatches = plans.flatMap((plan) => plan.dispatches)
    const passes = dispatches.flatMap((dispatch) =>
      passesOf(dispatch).map(({ linking, constants }) => ({ ...dispatch, linking, constants })),
    )
    for (const { linking, constants, choice, shape } of passes) {
      const key = JSON.stringify([link(linking).code, Object.entries(constants).sort()])
      const sizes = choice === undefined ? shape.join('×') : choice.key.slice(choice.key.search(/\d+×/))
      const entry = found.get(key) ?? {
        name: `${linkingName(linking)} ${sizes}`,
        classes: [],
        linking,
        constants,
      }
      found.set(key, entry)
      if (!entry.classes.includes(adapter)) entry.classes.push(adapter)
    }
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** A step of 784-…-10 at batch 128, with Adam. */
function trainingStep(hidden, options) {
  const model = sequential([784], [...hidden.flatMap((units) => [dense(units), relu()]), dense(10)])
  const step = { model, loss: 'softmaxCrossEntropy', optimizer: adam(), batch: batchValues(), metricsRows: 1 }
  return planTraining(step, options)
}

function product({ M, N, K, transposeA = false, transposeB = false }, options) {
  const left = f32('a', transposeA ? [K, M] : [M, K])
  const right = f32('b', transposeB ? [N, K] : [K, N])
  return makePlan({ ...options, outputs: { out: matmul(left, right, { transposeA, transposeB }) } })
}
