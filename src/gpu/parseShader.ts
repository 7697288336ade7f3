/**
 * What TypeScript must know of a WGSL file, read off its text: of ours when the library is built
 * (scripts/generateShaders.mjs), of a user's own hook when it is defined. Imports nothing, so that the script can run it.
 */
import type { ShaderBinding, ShaderFile } from './link.ts'

/** Name, bindings and overrides of a file; the comment behind a binding is its shape. */
export function parseShader(name: string, source: string): ShaderFile {
  const code = withoutComments(source)
  return {
    name,
    source: code,
    bindings: Array.from(source.matchAll(binding), ([, access, name = '', type = '', shape = '']) => ({
      name,
      access: access as ShaderBinding['access'],
      type,
      shape,
    })),
    overrides: Object.fromEntries(
      Array.from(code.matchAll(/^[ \t]*override (\w+): \w+( =)?/gm), ([, name = '', preset]) => [
        name,
        preset === undefined,
      ]),
    ),
    step: /\bstep\./.test(code),
  }
}

const binding =
  /@group\(0\) @binding\(\d+\) var<storage, (read|read_write)> (\w+): ([^;]+);[ \t]*(?:\/\/ (.*))?$/gm

/** The names x of the functions form_x, of which a hook has one. */
export function hookNames(source: string, form: string): string[] {
  const functions = withoutComments(source).matchAll(new RegExp(`^[ \\t]*fn ${form}_(\\w+)\\(`, 'gm'))
  return Array.from(functions, ([, name = '']) => name)
}

export function withoutComments(source: string): string {
  return source.replace(/\/\/.*$/gm, '')
}
