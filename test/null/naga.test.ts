/**
 * The second front end: naga, through which Firefox and Deno read WGSL, takes every kernel with every hook that it
 * admits, and every linking of the case table. It writes no overrides, so they are made constants first.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import * as kernels from '../../src/generated/kernels.ts'
import { type KernelShader, type Linking, link } from '../../src/gpu/link.ts'
import { cases } from '../cases.ts'
import { linkingsOf } from '../support/linkings.ts'
import { variantCases } from '../support/variants.ts'

interface Naga {
  readonly __wbg_set_wasm: (exports: WebAssembly.Exports) => void
  /** Throws where the source does not parse or is not valid. */
  readonly compileShader: (source: string, format: 'wgsl') => string
}

const naga = await loadNaga()

const linkedCases = [...cases, ...variantCases.flatMap(([, products]) => products)].map(
  ({ linking }) => linking,
)

for (const kernel of Object.values<KernelShader>(kernels)) {
  describe(kernel.name, () => {
    const combined = linkedCases.filter((linking) => linking.kernel === kernel)
    const named = combined.map((linking) => [hooksOf(linking).join(', '), linking] as const)
    for (const [name, linking] of new Map([...linkingsOf(kernel), ...named])) {
      // As it is, and storing four columns at a time where it can.
      const codes = [{}, { N: 4, K: 4 }].map((constants) => link(linking, constants).code)
      const sources = [...new Set(codes)].map(withConstants)
      if (kernel.subgroups) {
        // The day this fails, naga has learned subgroups and this branch can go.
        test.for(sources)(`${name}: is refused for its subgroups alone`, (source) => {
          expect(() => naga.compileShader(source, 'wgsl')).toThrow('`subgroups` enable-extension')
        })
      } else {
        test.for(sources)(`${name}: parses and is valid`, (source) => {
          expect(naga.compileShader(source, 'wgsl')).toContain(`fn ${kernel.name}(`)
        })
      }
    }
  })
}

test('what is not WGSL is refused', () => {
  expect(() => naga.compileShader('fn f() { let x = y; }', 'wgsl')).toThrow('identifier: `y`')
})

function hooksOf({ loads, store }: Linking): string[] {
  return [...Object.values(loads).flat(), ...store].map(({ name }) => name)
}

function withConstants(source: string): string {
  return source.replace(
    /^override (\w+):(\w+)(?:=([^;]+))?;/gm,
    (_, name: string, type: string, preset?: string) =>
      `const ${name}: ${type} = ${preset ?? (type === 'f32' ? '0.5' : '4')};`,
  )
}

/** The package is made for bundlers, which import .wasm files; Node 20 does not. */
async function loadNaga(): Promise<Naga> {
  const { resolve } = createRequire(import.meta.url)
  const glue = resolve('wgsl-wasm-transpiler-bundler/wgsl_wasm_transpiler_bg.js')
  const loaded = (await import(pathToFileURL(glue).href)) as Naga & WebAssembly.ModuleImports
  const wasm = await WebAssembly.compile(readFileSync(glue.replace(/\.js$/, '.wasm')))
  const { exports } = await WebAssembly.instantiate(wasm, { './wgsl_wasm_transpiler_bg.js': loaded })
  loaded.__wbg_set_wasm(exports)
  ;(exports.__wbindgen_start as () => void)()
  return loaded
}
