/** Ctrl-C: the first asks the work to stop and keep what it has, the second quits at once. */
import { exitCodes } from './exit.ts'

export interface Interrupt extends Disposable {
  readonly signal: AbortSignal
}

/** Listens until disposed of. */
export function listenForInterrupt(): Interrupt {
  const controller = new AbortController()
  const onSigint = (): void => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted)
    controller.abort()
    console.error('\nwgrad: stopping; press Ctrl-C again to quit at once')
  }
  process.on('SIGINT', onSigint)
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      process.off('SIGINT', onSigint)
    },
  }
}
