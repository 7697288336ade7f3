/** The rows of gpustats as a table in the terminal and as bench/GPU.md, and what is wrong with them. */

const columns = [
  { title: 'dispatch', of: ({ name }) => name },
  { title: 'for', of: ({ classes }) => (classes.length === 3 ? 'all' : classes.join(', ')) },
  { title: 'target', of: ({ target }) => target },
  { title: 'registers', of: ({ registers, lanes }) => registers ?? `SIMD${lanes}`, right: true },
  { title: 'spills', of: ({ spills }) => spills, right: true },
  { title: 'scratch', of: ({ scratch }) => scratch, right: true },
  { title: 'waves', of: ({ waves }) => waves ?? '', right: true },
  { title: 'LDS', of: ({ workgroupBytes }) => workgroupBytes, right: true },
  { title: 'instructions', of: ({ instructions }) => instructions, right: true },
  { title: 'cycles', of: ({ cycles }) => cycles, right: true },
  { title: 'throughput', of: ({ throughput }) => throughput ?? '', right: true },
  { title: 'global loads', of: ({ globalLoads }) => formatTally(globalLoads) },
  { title: 'LDS loads', of: ({ workgroupLoads }) => formatTally(workgroupLoads) },
  { title: 'stores', of: ({ stores }) => formatTally(stores) },
]

const leastWaves = 8

/** What a shader for GPUs must not have, in words. */
export function faultsOf({ name, target, spills, scratch, waves = leastWaves }) {
  const faults = [
    ...(spills > 0 ? [`${spills} spills`] : []),
    ...(scratch > 0 ? ['scratch memory'] : []),
    ...(waves < leastWaves ? [`${waves} waves per SIMD, fewer than ${leastWaves}`] : []),
  ]
  return faults.map((fault) => `${name} on ${target}: ${fault}`)
}

export function formatText(rows) {
  const cells = rows.map((row) => columns.map(({ of }) => String(of(row))))
  const titles = columns.map(({ title }) => title)
  const widths = titles.map((title, i) => Math.max(title.length, ...cells.map((row) => row[i].length)))
  const line = (row) =>
    row.map((cell, i) => (columns[i].right ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join('  ')
  return [titles, ...cells].map((row) => line(row).trimEnd()).join('\n')
}

/** `8×16, 2×4`: eight accesses of 16 bytes, two of 4. */
function formatTally(counts) {
  const sizes = Object.entries(counts).sort(([a], [b]) => b - a)
  return sizes.map(([bytes, count]) => `${count}×${bytes}`).join(', ')
}

export function formatMarkdown(rows, { drivers, webgpu }) {
  const names = [...new Set(rows.map(({ name }) => name))]
  const cells = names.flatMap((name) =>
    rows.filter((row) => row.name === name).map((row) => columns.map(({ of }) => of(row))),
  )
  const faults = rows.flatMap(faultsOf)
  return `${heading}
${tableOf(columns, cells)}

${faults.length === 0 ? 'Nothing spills, nothing uses scratch memory, and no shader leaves an AMD GPU fewer than 8 waves per SIMD.' : faults.map((fault) => `- ${fault}`).join('\n')}

Compiled by ${drivers.join(' and ')}, through Dawn of webgpu ${webgpu}.
`
}

function tableOf(columns, cells) {
  return [columns.map(({ title }) => title), columns.map(({ right }) => (right ? '--:' : '---')), ...cells]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n')
}

const heading = `# What GPU compilers make of the shaders

Written by \`npm run gpustats -- --markdown\` (see \`bench/gpustats/run.mjs\`; \`bench/gpustats/setup.sh\` prepares it once on Debian 12 x64). It compiles each distinct dispatch of the plans that the library makes for a GPU (the training steps of 784-128-10 and 784-512-256-10 at batch 128, the product 1024³, and 257 × 511 × 129 with each operand stored either way) with Mesa's drivers over devices that do nothing. **These are estimates of compilers, not measurements.** No driver of that kind is there for NVIDIA, Apple or Qualcomm.

- **for**: the classes of adapter whose plans have this dispatch.
- **target**: amd:navi21 is RDNA 2, amd:navi31 RDNA 3, intel:tgl Xe-LP (integrated), intel:dg2 Xe-HPG (Arc).
- **registers**: on AMD, vector registers of an invocation; on Intel the invocations of a thread, which share 128 registers of 32 bytes: at SIMD16 one f32 takes two.
- **spills**: values moved to memory and back for want of registers. **scratch**: on AMD its bytes, on Intel accesses to arrays in it.
- **waves**: that fit on one SIMD of an AMD GPU at once, in waves of 32: one of 64, as all here are, counts twice. 8 are wanted.
- **LDS**: bytes of workgroup memory.
- **cycles**: the compiler's estimate from the first to the last instruction, loops weighted by guess (AMD: latency of a wave; Intel: cycles of a thread). **throughput**: on AMD, cycles that a wave occupies the busiest unit. Both compare two versions of a kernel, no more.
- **global loads**, **LDS loads**: instructions in the loop that does the work, as count×bytes; 16 is a vec4. Where the loop is unrolled whole or there is none, those of the whole shader.
- **stores**: to global memory, in the whole shader.

16-byte global loads and stores are there where the length of the rows is a multiple of 4, so not in 257 × 511 × 129.
`
