/** Files: weights out and in, metrics and pictures out. */
import { effect } from '@preact/signals-core'
import { epochsCsv } from '../../src/cli/csv.ts'
import { context2d } from '../charts/images.ts'
import { byId, download } from '../dom.ts'
import { type RunFile, matrixPicture } from '../exports.ts'
import { attempt, config, hasModel, laboratory, load, model, phase, record, test } from '../session.ts'
import type { Curves } from './curves.ts'

export function filesPanel(curves: Curves): void {
  const button = (id: string, work: () => Promise<void> | void): HTMLButtonElement => {
    const found = byId(id, HTMLButtonElement)
    found.addEventListener('click', () => void attempt(async () => work()))
    return found
  }
  const saveWeights = button('save-weights', async () => {
    download(`${name()}.safetensors`, new Blob([await laboratory.save()]))
  })
  const saveJson = button('save-json', () => {
    const file: RunFile = { config: config.value, ...record.value, test: test.value?.evaluation ?? null }
    download(`${name()}.json`, new Blob([JSON.stringify(file)], { type: 'application/json' }))
  })
  const saveCsv = button('save-csv', () => {
    download(`${name()}.csv`, new Blob([epochsCsv(record.value.history)], { type: 'text/csv' }))
  })
  const saveCurves = button('save-curves', () =>
    savePictures('curves', [curves.loss.picture(), curves.accuracy.picture()]),
  )
  const saveMatrix = button('save-matrix', () => {
    const confusion = test.value?.evaluation.confusion
    return confusion ? savePictures('matrix', [matrixPicture(confusion)]) : undefined
  })
  const input = byId('weights-file', HTMLInputElement)
  const loadWeights = button('load-weights', () => {
    input.click()
  })
  input.addEventListener('change', () => {
    const file = input.files?.[0]
    input.value = ''
    if (file !== undefined) void load(file)
  })

  effect(() => {
    loadWeights.disabled = phase.value !== 'ready'
    saveWeights.disabled = !hasModel.value
    const hasEpochs = record.value.losses.length > 0
    for (const save of [saveJson, saveCsv, saveCurves]) save.disabled = !hasEpochs
    saveMatrix.disabled = test.value === undefined
  })
}

function name(): string {
  return `wgrad-${model.value?.shape ?? 'run'}`
}

/** One below the other, in one file. */
async function savePictures(what: string, pictures: readonly HTMLCanvasElement[]): Promise<void> {
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(...pictures.map(({ width }) => width))
  canvas.height = pictures.reduce((sum, { height }) => sum + height, 0)
  const context = context2d(canvas)
  let y = 0
  for (const picture of pictures) {
    context.drawImage(picture, 0, y)
    y += picture.height
  }
  const blob = await new Promise<Blob | null>((resolve) => {
    canvas.toBlob(resolve)
  })
  if (blob === null) throw new Error('the browser made no PNG of it')
  download(`${name()}-${what}.png`, blob)
}
