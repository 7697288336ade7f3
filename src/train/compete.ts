/**
 * The variants of one dispatch against each other on the device: first whether they compute the same, then which is
 * faster. The tuner holds such a contest for each dispatch of a plan.
 */
import { ShaderError } from '../errors.ts'
import type { Gpu } from '../gpu/device.ts'
import type { Dispatch } from '../graph/plan.ts'
import type { VariantChoice } from '../graph/variant.ts'
import { type Call, type Numbers, Scratch } from './scratch.ts'

/** A variant of a dispatch on the device. Times in seconds. */
export interface VariantTrial {
  readonly variant: string
  /** Until it was compiled and had run once. */
  readonly compileSeconds: number
  /**
   * The largest difference of its results from the reference's, relative to the root mean square of those; null where
   * it does not compile. JSON has null for a result that is not finite, too.
   */
  readonly error: number | null
  /** Why it is not admitted; null where it is. */
  readonly refused: string | null
  /** Of one run, the least of its duels' medians; null where it was not timed. */
  readonly seconds: number | null
}

export interface Outcome {
  /** The fastest variant; undefined where the time was up before two were compared. */
  readonly chosen: string | undefined
  /** In the order in which they were tried. */
  readonly trials: readonly VariantTrial[]
}

/**
 * The standard against each other variant in turn, the better of the two against the next. A standard that computes
 * something else than the reference loses without a comparison. Throws DeviceError where the device fails.
 */
export async function compete(
  gpu: Gpu,
  { variant: standard, admitted }: VariantChoice,
  dispatchOf: (variant: string) => Dispatch,
  isTimeUp: () => boolean,
): Promise<Outcome> {
  if (isTimeUp()) return { chosen: undefined, trials: [] }
  const [reference = standard] = admitted
  using scratch = new Scratch(gpu, dispatchOf(reference))
  const contest = new Contest(scratch, isTimeUp)
  let best: Entrant | undefined
  let compared = false
  for (const variant of new Set([reference, standard, ...admitted])) {
    if (isTimeUp()) break
    const entrant = await contest.enter(variant, dispatchOf(variant))
    if (entrant === undefined) {
      compared ||= variant === standard
    } else if (best === undefined) {
      best = entrant
    } else if (!isTimeUp()) {
      const winner = await (variant === standard ? contest.duel(entrant, best) : contest.duel(best, entrant))
      compared ||= winner !== undefined
      best = winner ?? best
    }
    if (best === undefined) break
  }
  return { chosen: compared ? best?.variant : undefined, trials: contest.trials }
}

/** A variant that computes what it should. */
interface Entrant {
  readonly variant: string
  readonly call: Call
}

class Contest {
  readonly #scratch: Scratch
  readonly #isTimeUp: () => boolean
  readonly #trials = new Map<string, VariantTrial>()
  #expected: readonly Numbers[] | undefined
  /** As many that the clock is fine enough, and the cost of a submit small beside them. */
  #runsOfSubmit = 0

  constructor(scratch: Scratch, isTimeUp: () => boolean) {
    this.#scratch = scratch
    this.#isTimeUp = isTimeUp
  }

  get trials(): VariantTrial[] {
    return [...this.#trials.values()]
  }

  /** Compiles a variant and compares its results with those of the first that entered; undefined where it is refused. */
  async enter(variant: string, dispatch: Dispatch): Promise<Entrant | undefined> {
    const begin = performance.now()
    const enrol = (error: number | null, refused: string | null): void => {
      const compileSeconds = (performance.now() - begin) / 1000
      this.#trials.set(variant, { variant, compileSeconds, error, refused, seconds: null })
    }
    try {
      const call = await this.#scratch.compile(dispatch)
      const results = await this.#scratch.results(call)
      this.#expected ??= results
      const error = largestError(results, this.#expected)
      const isRight = error <= MOST_ERROR
      enrol(error, isRight ? null : `differs from the reference by ${error.toExponential(1)}`)
      return isRight ? { variant, call } : undefined
    } catch (error) {
      if (!(error instanceof ShaderError)) throw error
      enrol(null, error.message)
      return undefined
    }
  }

  /**
   * Runs two by turns. The incumbent stays unless the challenger is faster by more than noise, in the median and at
   * best, since what else the machine does only ever adds. Undefined where the time is up before it is decided.
   */
  async duel(incumbent: Entrant, challenger: Entrant): Promise<Entrant | undefined> {
    const runs = (this.#runsOfSubmit ||= await this.#runsWorthTiming(incumbent))
    const times: { readonly incumbent: number; readonly challenger: number }[] = []
    let isLost = false
    while (!isLost && times.length < TURNS && !this.#isTimeUp()) {
      const turn = {
        incumbent: (await this.#scratch.time(incumbent.call, runs)) / runs,
        challenger: (await this.#scratch.time(challenger.call, runs)) / runs,
      }
      times.push(turn)
      isLost = turn.challenger > 2 * turn.incumbent
    }
    const own = this.#note(
      incumbent,
      times.map((turn) => turn.incumbent),
    )
    const other = this.#note(
      challenger,
      times.map((turn) => turn.challenger),
    )
    if (!isLost && times.length < TURNS) return undefined
    const isFaster = own.every((seconds, i) => (other[i] ?? Infinity) < (1 - NOISE) * seconds)
    return isFaster ? challenger : incumbent
  }

  async #runsWorthTiming(entrant: Entrant): Promise<number> {
    let runs = 1
    while (runs < MOST_RUNS && (await this.#scratch.time(entrant.call, runs)) < SUBMIT_SECONDS) runs *= 2
    return runs
  }

  /** Gives the median of the times and the least, and keeps the median where no duel before had a better. */
  #note({ variant }: Entrant, times: readonly number[]): readonly [number, number] {
    const sorted = times.toSorted((a, b) => a - b)
    const median = sorted[sorted.length >> 1] ?? Infinity
    const trial = this.#trials.get(variant)
    const seconds = Math.min(median, trial?.seconds ?? Infinity)
    if (trial !== undefined && seconds < Infinity) this.#trials.set(variant, { ...trial, seconds })
    return [median, sorted[0] ?? Infinity]
  }
}

/**
 * A wrong element differs by about 1; sums of 784 terms in another order by 6e-6 (SwiftShader), and the difference
 * grows with the root of their number.
 */
const MOST_ERROR = 1e-4

const TURNS = 5
const NOISE = 0.05
const SUBMIT_SECONDS = 0.01
const MOST_RUNS = 4096

/** Of the binding that is furthest off. */
function largestError(results: readonly Numbers[], expected: readonly Numbers[]): number {
  return Math.max(...expected.map((numbers, i) => relativeError(results[i], numbers)))
}

function relativeError(actual: Numbers | undefined, expected: Numbers): number {
  let largest = 0
  let squares = 0
  for (const [i, value] of expected.entries()) {
    const difference = Math.abs((actual?.[i] ?? NaN) - value)
    largest = Math.max(largest, Number.isNaN(difference) ? Infinity : difference)
    squares += value ** 2
  }
  return largest / (Math.sqrt(squares / expected.length) || 1)
}
