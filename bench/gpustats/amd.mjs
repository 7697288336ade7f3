/** What RADV prints of a shader (RADV_DEBUG=shaderstats,asm) as a row of gpustats. */
import { mainLoop, tally } from './loops.mjs'

export function parse(text) {
  const number = (name) => {
    const found = new RegExp(`^${name}: (\\d+)$`, 'm').exec(text)
    if (found === null) throw new Error(`RADV printed no "${name}"`)
    return Number(found[1])
  }
  const lines = text.split('\n')
  const loop = mainLoop(lines, { jump, isMultiplyAdd })
  return {
    registers: number('VGPRs'),
    spills: number('Spilled VGPRs') + number('Spilled SGPRs'),
    scratch: number('Scratch size'),
    waves: number('Subgroups per SIMD'),
    workgroupBytes: number('LDS size'),
    instructions: number('Instructions'),
    cycles: number('Latency'),
    throughput: number('Inverse Throughput'),
    globalLoads: tally(loop, (line) => bytesOf(line, /(?:buffer|global)_load/)),
    workgroupLoads: tally(loop, (line) => bytesOf(line, /ds_(?:read|load)/)),
    stores: tally(lines, (line) => bytesOf(line, /(?:buffer|global)_store/)),
  }
}

/** Labels begin lines: `BB12:`; a loop ends with a branch back to one. */
function jump(line) {
  const label = /^(BB\d+):/.exec(line)
  if (label !== null) return { label: label[1] }
  const branch = /^\ts_c?branch\w* (BB\d+)/.exec(line)
  return branch === null ? {} : { to: branch[1] }
}

const isMultiplyAdd = (line) => /^\tv_(?:dual_|pk_)?(?:fma|mad|fmac|mac)/.test(line)

/** `ds_read2_b64`, `ds_load_2addr_b64`: two at once. */
const pair = /(2(?:st64)?|_2addr(?:_stride64)?)?/

/** RDNA 2 calls 16 bytes dwordx4, RDNA 3 calls them b128. */
function bytesOf(line, operation) {
  const found = new RegExp(`^\\t${operation.source}${pair.source}_(dword|\\D+)(?:x?(\\d+))?`).exec(line)
  if (found === null) return undefined
  const [, twice, unit, count = '1'] = found
  const one = unit === 'dword' ? 4 * Number(count) : Number(count) / 8
  return twice === undefined ? one : 2 * one
}
