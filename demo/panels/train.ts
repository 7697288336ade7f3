/** The panel that starts, pauses and ends a training, and says how it goes. */
import { effect } from '@preact/signals-core'
import { byId } from '../dom.ts'
import { formatBytes, formatClock, formatCount, formatDuration, formatLoss, formatShare } from '../format.ts'
import {
  type Phase,
  adapter,
  elapsed,
  goOn,
  isTraining,
  loading,
  memoryBytes,
  model,
  pause,
  phase,
  record,
  report,
  stop,
  train,
  trainOn,
} from '../session.ts'
import type { ModelState } from '../worker/protocol.ts'

export function trainPanel(): void {
  const start = byId('start', HTMLButtonElement)
  const pauseButton = byId('pause', HTMLButtonElement)
  const stopButton = byId('stop', HTMLButtonElement)
  const another = byId('another', HTMLButtonElement)
  start.addEventListener('click', () => void train())
  another.addEventListener('click', () => void trainOn())
  stopButton.addEventListener('click', stop)
  pauseButton.addEventListener('click', () => {
    if (phase.value === 'paused') goOn()
    else pause()
  })

  effect(() => {
    const now = phase.value
    start.disabled = now !== 'ready'
    start.textContent = model.value === undefined ? 'Train' : 'Train anew'
    another.disabled = now !== 'ready' || model.value?.origin.kind !== 'run'
    pauseButton.disabled = now !== 'training' && now !== 'paused'
    pauseButton.textContent = now === 'paused' ? 'Resume' : 'Pause'
    stopButton.disabled = now !== 'training' && now !== 'paused'
    byId('train-note', HTMLElement).textContent = noteOf(now)
  })
  effect(showProgress)
  effect(showFigures)
}

function noteOf(now: Phase): string {
  switch (now) {
    case 'opening':
      return 'Looking for a GPU.'
    case 'loading':
      return `Loading the digits${loadedShare()}. They are kept in this browser.`
    case 'ready':
      return model.value === undefined
        ? 'Ready: the digits are on your machine.'
        : `There is a model, ${model.value.shape}, ${originOf(model.value)}.`
    case 'compiling':
      return 'Compiling the shaders.'
    case 'training':
      return adapter.value?.software === true
        ? 'Training on the processor: this browser has no GPU for it, so it takes longer.'
        : 'Training on your GPU.'
    case 'paused':
      return 'Paused; the weights stay as they are.'
    case 'ending':
      return 'Stopping after the steps under way.'
    case 'failed':
      return 'The page cannot train here.'
  }
}

function originOf({ origin }: ModelState): string {
  if (origin.kind === 'file') return `from ${origin.name}`
  const { length } = record.value.history
  return `trained here for ${length} ${length === 1 ? 'epoch' : 'epochs'}`
}

function loadedShare(): string {
  const { loadedBytes = 0, totalBytes = null } = loading.value ?? {}
  return totalBytes === null
    ? `, ${formatBytes(loadedBytes)}`
    : `, ${formatBytes(loadedBytes)} of ${formatBytes(totalBytes)}`
}

function showProgress(): void {
  const bar = byId('progress', HTMLProgressElement)
  if (phase.value === 'loading') {
    const { loadedBytes = 0, totalBytes = null } = loading.value ?? {}
    bar.value = totalBytes === null ? 0 : loadedBytes / totalBytes
    return
  }
  const { step = 0, totalSteps = 1 } = report.value ?? {}
  bar.value = step / totalSteps
}

function showFigures(): void {
  const now = report.value
  const show = (id: string, text: string | undefined): void => {
    byId(id, HTMLElement).textContent = text ?? '–'
  }
  const steps = now?.losses.length ?? 1
  show('epoch', now && `${now.epoch} of ${now.epochs}`)
  show('loss-now', now && formatLoss(now.loss))
  show('accuracy-now', now && formatShare(now.accuracy))
  show('speed', now && formatCount(now.samplesPerSecond))
  show('step-gpu', now && formatDuration(now.seconds / steps))
  show('step-host', now && formatDuration(now.hostSeconds / steps))
  show('elapsed', now && formatClock(elapsed.value))
  show('remaining', now && (isTraining.value ? formatClock(now.secondsLeft) : '0:00'))
  show('memory', memoryBytes.value > 0 ? formatBytes(memoryBytes.value) : undefined)
}
