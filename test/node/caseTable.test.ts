/** What the architecture promises of every shader: a float64 twin of its name, and a row in the case table. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import * as hooks from '../../src/generated/hooks.ts'
import * as kernels from '../../src/generated/kernels.ts'
import { cases } from '../cases.ts'
import { matmulVariants } from '../support/variants.ts'

/** Measure a device for benchmarks, and make nothing. */
const isMeasure = (name: string): boolean => name.startsWith('peak_')
/** Judged with the cases of matmul: matmulVariants.test.ts. */
const variants = new Set<string>(matmulVariants.map(({ kernel }) => kernel.name))
/** A form of a kernel for quads of invocations does what the kernel does, and has its twin. */
const hasTwin = (name: string): boolean =>
  existsSync(join(import.meta.dirname, '../reference', `${name.replace(/_quad$/, '')}.ts`))

describe('kernels', () => {
  const judged = new Set<string>(cases.map(({ linking }) => linking.kernel.name))
  const names = Object.keys(kernels).filter((name) => !isMeasure(name) && !variants.has(name))
  // They compute nothing of their own: their twins are those of their hooks.
  const hosts = ['map', 'loss_elements']

  test.each(names.filter((name) => name !== 'loss_elements'))('%s is in the case table', (name) => {
    expect(judged).toContain(name)
  })

  test.each(names.filter((name) => !hosts.includes(name)))('%s has a twin', (name) => {
    expect(hasTwin(name)).toBe(true)
  })
})

describe('hooks', () => {
  const linked = cases.flatMap(({ linking: { loads, store } }) => [...Object.values(loads).flat(), ...store])
  // A loss goes by the name of its hook.
  const judged = new Set<string>(
    [...linked, ...cases.map(({ linking: { kernel } }) => kernel)].map(({ name }) => name),
  )
  // The form for four values is another form of a hook, not another thing.
  const names = new Set(Object.values(hooks).map(({ name }) => name.replace(/4$/, '')))

  test.each([...names])('%s is in the case table', (name) => {
    expect(judged).toContain(name)
  })

  test.each(
    Object.values(hooks)
      .filter(({ kind }) => kind === 'store' || kind === 'loss')
      .map(({ name }) => name),
  )('%s has a twin', (name) => {
    expect(hasTwin(name)).toBe(true)
  })
})
