/**
 * A browser with WebGPU for tests and benchmarks: what playwright needs to launch it. On Linux x64 it is the headless
 * Chromium of the npm package `@sparticuz/chromium` on its SwiftShader, unpacked once into a cache beside node_modules;
 * elsewhere the Chrome that is installed, on the machine's GPU.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliDecompressSync } from 'node:zlib'

/**
 * The options of playwright's `chromium.launch()`.
 *
 * @throws Error where the package lacks its binaries
 * @example
 * const browser = await chromium.launch(chromiumLaunchOptions())
 */
export function chromiumLaunchOptions() {
  const args = [
    '--enable-unsafe-webgpu',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ]
  if (process.platform !== 'linux' || process.arch !== 'x64') return { channel: 'chrome', args }
  const folder = unpackChromium()
  return {
    executablePath: join(folder, 'chromium'),
    args: [...args, '--no-sandbox', '--headless', '--use-webgpu-adapter=swiftshader'],
    env: environment(folder),
  }
}

/**
 * Its own libraries and fonts, for systems that have none; no VK_ variable, with one inherited it finds no adapter; a
 * language, since that of POSIX is one that its Intl refuses.
 * @param {string} folder
 */
function environment(folder) {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('VK_'))
  return {
    ...Object.fromEntries(inherited),
    LD_LIBRARY_PATH: join(folder, 'lib'),
    FONTCONFIG_PATH: folder,
    LC_ALL: 'en_US.UTF-8',
  }
}

/** Any number of processes may call it at once: each unpacks into a folder of its own, the first to rename wins. */
function unpackChromium() {
  const binaries = join(packageFolder, 'bin')
  const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'))
  const target = fileURLToPath(new URL(`../node_modules/.cache/wgrad/chromium-${version}`, import.meta.url))
  if (existsSync(target)) return target
  mkdirSync(dirname(target), { recursive: true })
  const own = mkdtempSync(`${target}.`)
  try {
    const unbrotli = (name) => brotliDecompressSync(readFileSync(join(binaries, name)))
    writeFileSync(join(own, 'chromium'), unbrotli('chromium.br'), { mode: 0o755 })
    for (const name of ['al2023.tar.br', 'fonts.tar.br', 'swiftshader.tar.br']) {
      execFileSync('tar', ['-x', '--no-same-owner', '-C', own], { input: unbrotli(name) })
    }
    // Theirs names folders of a cloud function.
    writeFileSync(join(own, 'fonts.conf'), fontsConfiguration)
    renameSync(own, target)
  } catch (cause) {
    rmSync(own, { recursive: true, force: true })
    if (!existsSync(target)) throw new Error(`${binaries}: cannot be unpacked into ${target}`, { cause })
  }
  return target
}

const fontsConfiguration =
  '<fontconfig><dir prefix="relative">fonts</dir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>'

/** The package hides its package.json from resolve. */
const packageFolder = dirname(dirname(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium'))))
