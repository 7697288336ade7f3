/** The digit at hand and what the newest weights make of it: one question under way at a time, the latest wins. */
import { effect, signal } from '@preact/signals-core'
import { dependOn, hasModel, laboratory, testLabels, weightsVersion } from './session.ts'
import type { Look } from './worker/protocol.ts'

export interface Digit {
  /** [784] u8, white on black. */
  readonly image: Uint8Array
  /** Where it comes from, for people. */
  readonly from: string
}

/** What is drawn, or chosen; undefined where nothing is. */
export const digit = signal<Digit | undefined>(undefined)
export const look = signal<Look | undefined>(undefined)

let underWay = false
let again = false

export function lookAgainOnChange(): void {
  effect(() => {
    dependOn(weightsVersion)
    if (digit.value === undefined || !hasModel.value) look.value = undefined
    else void ask()
  })
}

/** A digit of the test set, at random. */
export async function chooseTestDigit(): Promise<void> {
  const row = Math.floor(Math.random() * testLabels.value.length)
  const image = await laboratory.testImages([row])
  look.value = undefined
  digit.value = { image, from: `test image ${row}, a ${testLabels.value[row] ?? ''}` }
}

async function ask(): Promise<void> {
  again = true
  if (underWay) return
  underWay = true
  try {
    while (again && digit.value !== undefined) {
      again = false
      const { image, from } = digit.value
      const found = await laboratory.look(image)
      // While one draws, the answer to the stroke before is better than none; to another digit it is not.
      if (digit.peek()?.from === from) look.value = found
    }
  } catch {
    // The device was lost, or the model replaced, under way: the next weights bring the next answer.
  } finally {
    underWay = false
  }
}
