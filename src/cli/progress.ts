/** Training as it goes, on stderr: a table with a row per epoch, below it a bar; plain lines where no one watches. */
import { MultiBar, type SingleBar } from 'cli-progress'
import type { EpochReport, StepReport } from '../train/types.ts'
import { alignRow, formatCount, formatLoss, formatPercent, formatSeconds } from './table.ts'

export interface TrainingProgress {
  readonly step: (report: StepReport) => void
  readonly epoch: (report: EpochReport) => void
  /** Leaves the terminal as it was, the table in place. */
  readonly stop: () => void
}

/** @param stream where it is shown, stderr as a rule */
export function showProgress(stream: NodeJS.WriteStream): TrainingProgress {
  const lines = stream.isTTY ? new BarBelowLines(stream) : new SparseLines(stream)
  return {
    step: (report) => {
      lines.update(report)
    },
    epoch: (report) => {
      if (report.epoch === 1) lines.print(alignRow(header(report), widths))
      lines.print(alignRow(epochRow(report), widths))
    },
    stop: () => {
      lines.stop()
    },
  }
}

const widths = [9, 8, 9, 9, 10, 9, 9, 9]

function header({ validation }: EpochReport): string[] {
  const validated = validation === undefined ? [] : ['val loss', 'val acc']
  return ['epoch', 'loss', 'accuracy', ...validated, 'samples/s', 'time']
}

function epochRow(report: EpochReport): string[] {
  const { epoch, epochs, loss, accuracy, validation, samplesPerSecond, seconds } = report
  return [
    `${epoch}/${epochs}`,
    formatLoss(loss),
    formatPercent(accuracy),
    ...(validation === undefined ? [] : [formatLoss(validation.loss), formatPercent(validation.accuracy)]),
    formatCount(samplesPerSecond),
    formatSeconds(seconds),
  ]
}

function describe({ loss, accuracy, samplesPerSecond, secondsLeft }: StepReport): string {
  const left = `${formatSeconds(secondsLeft)} left`
  return `loss ${formatLoss(loss)}  accuracy ${formatPercent(accuracy)}  ${formatCount(samplesPerSecond)} samples/s  ${left}`
}

class BarBelowLines {
  readonly #bars: MultiBar
  #bar: SingleBar | undefined
  /** A second Ctrl-C must not leave a terminal without a cursor. */
  readonly #restore = (): void => {
    this.#bars.stop()
  }

  constructor(stream: NodeJS.WriteStream) {
    // In a narrow window the bar gives way to the numbers.
    const barsize = Math.max(4, Math.min(24, stream.columns - 84))
    const format = '{bar} {value}/{total}  {text}'
    this.#bars = new MultiBar({
      stream,
      format,
      barsize,
      barCompleteChar: '█',
      barIncompleteChar: '░',
      hideCursor: true,
      clearOnComplete: true,
      linewrap: false,
    })
    process.on('exit', this.#restore)
  }

  update(report: StepReport): void {
    const payload = { text: describe(report) }
    this.#bar ??= this.#bars.create(report.totalSteps, 0, payload)
    this.#bar.update(report.step, payload)
  }

  print(line: string): void {
    this.#bars.log(`${line}\n`)
  }

  stop(): void {
    process.off('exit', this.#restore)
    // Lines wait for the next turn of the bar's clock, which stop would not give them.
    this.#bars.update()
    this.#bars.stop()
  }
}

/** A log file wants to know that the work goes on, not each step of it. */
class SparseLines {
  readonly #stream: NodeJS.WritableStream
  #last = performance.now()

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream
  }

  update(report: StepReport): void {
    const now = performance.now()
    if (now - this.#last < LOG_INTERVAL_MS) return
    this.#last = now
    this.print(`step ${report.step}/${report.totalSteps}  ${describe(report)}`)
  }

  print(line: string): void {
    this.#stream.write(`${line}\n`)
  }

  stop(): void {
    // Nothing is held back.
  }
}

const LOG_INTERVAL_MS = 10_000
