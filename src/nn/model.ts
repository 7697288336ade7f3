/** A model as plain data. (contract, to be filled in) */
export interface Sequential {
  readonly inputShape: readonly number[]
  readonly layers: readonly unknown[]
}
