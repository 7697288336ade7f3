/** Inside the model: a saliency map and the activations of the digit at hand, the weights of the first layer. */
import { computed, effect } from '@preact/signals-core'
import { context2d, drawImages, mostOf, setPixel, signed } from '../charts/images.ts'
import { byId, make } from '../dom.ts'
import { look } from '../look.ts'
import { dependOn, hasModel, laboratory, model, record } from '../session.ts'
import type { Look } from '../worker/protocol.ts'

const epochsDone = computed(() => record.value.history.length)

export function insidePanel(): void {
  effect(() => {
    const saliency = look.value?.saliency ?? new Float32Array(784)
    drawImages(byId('saliency', HTMLCanvasElement), saliency, signed(mostOf(saliency)))
  })
  effect(() => {
    const layers = look.value?.layers
    byId('inside-note', HTMLElement).textContent =
      layers === undefined
        ? 'Draw a digit to see it pass through the layers.'
        : 'The digit at hand, with the newest weights.'
    byId('activations', HTMLElement).replaceChildren(...(layers ?? []).map(layerFigure))
  })
  effect(() => {
    // The weights at the end of an epoch and of a training: at every report it would only flicker.
    dependOn(epochsDone, model)
    if (hasModel.value) void showWeights()
  })
}

/** A layer as rows of cells, at most 32 in each. */
function layerFigure({ name, values }: Look['layers'][number]): HTMLElement {
  const columns = Math.min(values.length, 32)
  const canvas = make('canvas', { role: 'img', ariaLabel: `Activations of ${name}` })
  canvas.width = columns
  canvas.height = Math.ceil(values.length / columns)
  const context = context2d(canvas)
  const image = context.createImageData(canvas.width, canvas.height)
  const colorOf = signed(mostOf(values))
  values.forEach((value, i) => {
    setPixel(image, i, colorOf(value))
  })
  context.putImageData(image, 0, 0)
  return make(
    'div',
    {},
    make('p', { className: 'caption', textContent: `${name}, ${values.length} values` }),
    canvas,
  )
}

/** More would be too small to see. */
const mostUnits = 64

let asked = 0

async function showWeights(): Promise<void> {
  const question = ++asked
  const layer = await laboratory.firstLayer(mostUnits).catch(() => undefined)
  if (layer === undefined || question !== asked) return
  const { units, images } = layer
  const shown = images.length / 784
  const canvas = byId('weights', HTMLCanvasElement)
  drawImages(canvas, images, signed(mostOf(images)), { columns: Math.ceil(Math.sqrt(shown)), gap: 2 })
  byId('weights-note', HTMLElement).textContent =
    shown < units ? `The first ${shown} of ${units} units` : `An image for each of ${units} units`
}
