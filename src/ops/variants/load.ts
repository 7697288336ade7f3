/** Which kernels a device may need, beside those that every device admits: they are imported for its class of adapter. */
import { type AdapterClass, isProcessor } from '../../gpu/adapterClass.ts'
import type { VariantSet } from '../../graph/value.ts'

/** Those of the adapter's kind; none where none would be admitted. */
export async function ownVariantSets(
  adapter: AdapterClass,
  features: ReadonlySet<string>,
): Promise<readonly VariantSet[]> {
  if (!isProcessor(adapter)) return await gpuVariants()
  return features.has('subgroups') ? await processorVariants() : []
}

/** Those of the adapter's kind; all of them where another name than theirs is asked for. */
export async function variantSetsFor(
  adapter: AdapterClass,
  features: ReadonlySet<string>,
  names: readonly string[],
): Promise<readonly VariantSet[]> {
  const own = await ownVariantSets(adapter, features)
  const known = new Set(own.flatMap(({ variants }) => variants.map(({ name }) => name)))
  return names.every((name) => known.has(name)) ? own : await allVariantSets()
}

/** For a tuner, which tries them all. */
export async function allVariantSets(): Promise<readonly VariantSet[]> {
  return (await Promise.all([processorVariants(), gpuVariants()])).flat()
}

const processorVariants = async (): Promise<readonly VariantSet[]> =>
  (await import('./processor.ts')).processorVariants

const gpuVariants = async (): Promise<readonly VariantSet[]> => (await import('./gpu.ts')).gpuVariants
