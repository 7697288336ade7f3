/** For developers: lose the device on purpose, and begin as on a first visit. */
import { byId } from '../dom.ts'
import { attempt, laboratory } from '../session.ts'

export function developerPanel(): void {
  byId('lose', HTMLButtonElement).addEventListener('click', () => {
    void laboratory.loseDevice()
  })
  byId('forget', HTMLButtonElement).addEventListener('click', () => {
    void attempt(async () => {
      await laboratory.forget()
      location.reload()
    })
  })
}
