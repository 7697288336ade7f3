/**
 * The table of guides/kernels.md: of each kernel its memory, what it needs, and the largest error against its float64
 * twin among its cases on an adapter. Written there by `npm run kernels:table`.
 */
import type { Gpu } from '../../src/gpu/device.ts'
import type { KernelShader } from '../../src/gpu/link.ts'
import { type Case, cases } from '../cases.ts'
import { runCase } from '../node/support/runCase.ts'
import { relativeError } from '../../src/testing/compare.ts'
import { lackOf, variantCases } from './variants.ts'

/** A line that names the adapter, and the table in Markdown. */
export async function kernelTable(gpu: Gpu): Promise<string> {
  const admitted = variantCases.filter(([variant]) => lackOf(variant, gpu.device) === undefined)
  const all = [...cases, ...admitted.flatMap(([, products]) => products)]
  const kernels = [...new Set(all.map(({ linking }) => linking.kernel))]
  const rows: string[][] = []
  for (const kernel of kernels.toSorted((a, b) => a.name.localeCompare(b.name))) {
    if (kernel.subgroups && !gpu.device.features.has('subgroups')) continue
    const own = all.filter(({ linking }) => linking.kernel === kernel)
    const errors: { readonly error: number; readonly one: Case }[] = []
    for (const one of own) errors.push({ error: largestError(await runCase(gpu, one), one), one })
    const worst = errors.reduce((most, other) => (other.error > most.error ? other : most))
    rows.push([...memoryOf(kernel), String(own.length), ...accuracyOf(worst)])
  }
  return [
    `Measured on ${gpu.adapter.name}; another adapter rounds differently.`,
    '',
    ...[titles, titles.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`),
  ].join('\n')
}

const titles = [
  'kernel',
  'through load hooks',
  'bindings',
  'invocations',
  'needs',
  'cases',
  'largest error',
  'in',
  'tolerance there',
]

function memoryOf(kernel: KernelShader): string[] {
  const needs = [
    ...(kernel.subgroups ? ['subgroups'] : []),
    ...([kernel.source, ...kernel.parts].some((text) => text.includes('var<workgroup>'))
      ? ['workgroup memory']
      : []),
  ]
  return [
    `\`${kernel.name}\``,
    kernel.loads.map((slot) => `\`${slot}\``).join(', '),
    kernel.bindings.map(({ name, shape }) => `\`${name} ${shape}\``).join(', '),
    String(kernel.workgroup.reduce((product, size) => product * size, 1)),
    needs.join(', '),
  ]
}

function accuracyOf({ error, one }: { readonly error: number; readonly one: Case }): string[] {
  if (error === 0) return ['0', '', '']
  return [error.toExponential(1), one.name, one.tolerance.toExponential(1)]
}

/** Over what a case writes; integers are exact. */
function largestError(actual: Readonly<Record<string, ArrayBuffer>>, one: Case): number {
  const errors = Object.entries(one.expected()).map(([name, values]) =>
    values instanceof Uint32Array ? 0 : relativeError(new Float32Array(actual[name]!), values),
  )
  return Math.max(...errors)
}
