/** Every kernel with every hook that one of its slots admits: what a front end of WGSL must take. */
import * as hooks from '../../src/generated/hooks.ts'
import {
  type KernelShader,
  type Linking,
  type LoadChain,
  type LoadHook,
  withLoss,
} from '../../src/gpu/link.ts'

const readHooks: Readonly<Record<string, LoadHook>> = {
  a: hooks.read_a,
  b: hooks.read_b,
  targets: hooks.read_targets,
}
const allHooks = Object.values(hooks)
const loadHooks = allHooks.filter((hook) => hook.kind === 'load')
const adjustHooks = allHooks.filter((hook) => hook.kind === 'adjust')
const storeHooks = allHooks.filter((hook) => hook.kind === 'store')

/** A kernel whose operands lie in memory, or in the dataset where it reads bytes; one that calls a loss, with one of ours. */
export function plain(kernel: KernelShader): Linking {
  return {
    kernel: kernel.name === 'loss_elements' ? withLoss(kernel, hooks.mean_squared_error) : kernel,
    loads: Object.fromEntries(kernel.loads.map((slot) => [slot, [readHook(kernel, slot)]])),
    store: [],
  }
}

function readHook(kernel: KernelShader, slot: string): LoadHook {
  return kernel.words?.includes(slot) === true ? hooks.gather4 : readHooks[slot]!
}

/** A kernel as it is, then with each hook that one of its slots admits. */
export function linkingsOf(kernel: KernelShader): [name: string, Linking][] {
  const base = plain(kernel)
  const loads = kernel.loads.flatMap((slot) => {
    const read = readHook(kernel, slot)
    const others = Object.entries(base.loads).flatMap(([other, [hook]]) =>
      other === slot ? [] : hook.bindings,
    )
    const admitted = loadHooks
      .filter(({ words }: LoadHook) => read.words !== true || words)
      .filter(({ bindings }) => !bindings.some(({ name }) => others.some((other) => other.name === name)))
      .filter(({ wide }) => kernel.wide.includes(slot) || !wide)
      .filter(({ name }) => !name.startsWith('read_') || name === `${read.name}4`)
    const chains: LoadChain[] = [
      ...admitted.map((hook) => [hook] as const),
      ...adjustHooks.map((hook) => [read, hook] as const),
    ]
    return chains.map((chain): [string, Linking] => [
      `${slot} from ${chain.map(({ name }) => name).join(' + ')}`,
      { ...base, loads: { ...base.loads, [slot]: chain } },
    ])
  })
  const stores = storeHooks.map((hook): [string, Linking] => [
    `stored by ${hook.name}`,
    { ...base, store: [hook] },
  ])
  return [['operands in memory', base], ...loads, ...(kernel.store ? stores : [])]
}
