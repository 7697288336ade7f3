/** Where the page cannot train, it shows a run that was recorded by `npm run demo:record`. */
import { effect } from '@preact/signals-core'
import { byId } from './dom.ts'
import type { RunRecord } from './record.ts'
import { failure, record, test } from './session.ts'
import type { TestResult } from './worker/protocol.ts'

/** `recorded.json` */
export interface Recording {
  /** What ran where, in a line. */
  readonly title: string
  readonly record: RunRecord
  readonly evaluation: TestResult['evaluation']
}

export function showRecordedRun(): void {
  effect(() => {
    if (failure.value?.fatal === true) void show()
  })
}

async function show(): Promise<void> {
  const response = await fetch(new URL('recorded.json', import.meta.url))
  const recording = (await response.json()) as Recording
  record.value = recording.record
  const { evaluation } = recording
  test.value = { evaluation, predicted: new Uint8Array(), probabilities: new Float32Array() }
  byId('curves-note', HTMLElement).textContent = `Recorded: ${recording.title}.`
  byId('results-note', HTMLElement).textContent = `Recorded: ${recording.title}.`
}
