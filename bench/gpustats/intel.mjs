/** What ANV prints of a shader (INTEL_DEBUG=cs) as a row of gpustats. */
import { mainLoop, tally } from './loops.mjs'

export function parse(text) {
  const summary =
    /^SIMD(\d+) shader: (\d+) instructions\. \d+ loops\. (\d+) cycles\. (\d+):(\d+) spills:fills/m.exec(text)
  if (summary === null) throw new Error('ANV printed no summary of the shader')
  const [lanes, instructions, cycles, spills, fills] = summary.slice(1).map(Number)
  const lines = text.slice(summary.index).split('\n')
  const loop = mainLoop(lines, { jump, isMultiplyAdd })
  return {
    lanes,
    spills: spills + fills,
    // Arrays that are indexed at run time; what is spilled lies in scratch memory too.
    scratch: [...text.matchAll(/@(?:load|store)_scratch/g)].length,
    workgroupBytes: Number(/^shared_size: (\d+)/m.exec(text)?.[1] ?? 0),
    instructions,
    cycles,
    globalLoads: tally(loop, (line) => bytesOf(line, 'read', false)),
    workgroupLoads: tally(loop, (line) => bytesOf(line, 'read', true)),
    stores: tally(lines, (line) => bytesOf(line, 'write', false)),
  }
}

/** A loop ends with `while`, which jumps back to a label. */
function jump(line) {
  const label = /^(LABEL\d+):/.exec(line)
  if (label !== null) return { label: label[1] }
  const back = /\bwhile\(\d+\)\s+JIP:\s+(LABEL\d+)/.exec(line)
  return back === null ? {} : { to: back[1] }
}

const isMultiplyAdd = (line) => /^(?:\([^)]*\) )?ma[dc]\(/.test(line)

/** Workgroup memory is surface 254 of older messages (Mask says which of 4 words are left out), slm in newer ones. */
function bytesOf(line, direction, inWorkgroup) {
  const old = /untyped surface (read|write), Surface = (\d+), SIMD\d+, Mask = 0x([0-9a-f])/.exec(line)
  if (old !== null) {
    if (old[1] !== direction || (old[2] === '254') !== inWorkgroup) return undefined
    return { 0: 16, 8: 12, c: 8, e: 4 }[old[3]]
  }
  const now =
    /(ugm|slm) MsgDesc: \( (load|store), \w+, d(\d+)\w*, V(\d+)(, transpose)?.* (?:bti|flat) \)/.exec(line)
  if (now === null) return undefined
  const [, space, action, bits, count, transpose] = now
  // Transposed, all lanes share one run of words: constants. Neither is what is spilled matched, which is marked ss.
  if (transpose !== undefined) return undefined
  if ({ load: 'read', store: 'write' }[action] !== direction || (space === 'slm') !== inWorkgroup)
    return undefined
  return (Number(count) * Number(bits)) / 8
}
