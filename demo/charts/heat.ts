/** How strong the colour of a cell of the confusion matrix is, on the page and in its picture. */

/** 0 to 0.55: right answers all alike, wrong ones so that mistakes of ten stand out from mistakes of one. */
export function heatOf(count: number, isRight: boolean): number {
  return isRight ? 0.55 : Math.min(0.45, 0.08 * Math.log2(1 + count))
}
