/** The GPUs that gpustats compiles for: the driver of each over a device that only pretends to be there. */
import { existsSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import * as amd from './amd.mjs'
import * as intel from './intel.mjs'

/** What setup.sh has prepared. */
const folder = process.env.GPUSTATS_DIR ?? join(homedir(), '.cache/gpustats')

/** A GPU of each generation that the drivers tell apart: RDNA 2 and 3, Xe-LP (integrated) and Xe-HPG (Arc). */
const defaults = ['amd:navi21', 'amd:navi31', 'intel:tgl', 'intel:dg2']

const vendors = {
  amd: {
    ...amd,
    shim: 'libamdgpu_noop_drm_shim.so',
    driver: 'radeon_icd.json',
    environment: (gpu) => ({ AMDGPU_GPU_ID: gpu, RADV_DEBUG: 'shaderstats,asm' }),
  },
  intel: {
    ...intel,
    shim: 'libintel_noop_drm_shim.so',
    driver: 'intel_icd.json',
    environment: (gpu) => ({ INTEL_STUB_GPU_PLATFORM: gpu, INTEL_DEBUG: 'cs' }),
  },
}

/**
 * @param {string | undefined} names `amd:navi21,intel:dg2`
 * @returns {{ name: string, parse: (text: string) => object, environment: Record<string, string> }[]}
 */
export function targetsOf(names = defaults.join(',')) {
  return names.split(',').map((name) => {
    const [vendorName, gpu] = name.split(':')
    const vendor = vendors[vendorName]
    if (vendor === undefined || gpu === undefined)
      throw new Error(`--targets: ${name} is no target; say amd:<gpu> or intel:<gpu>`)
    const shim = join(folder, vendor.shim)
    if (!existsSync(shim)) throw new Error(`${shim} is missing; run bench/gpustats/setup.sh first`)
    return {
      name,
      parse: vendor.parse,
      environment: {
        ...vendor.environment(gpu),
        LD_PRELOAD: shim,
        LD_LIBRARY_PATH: join(folder, 'x/usr/lib/x86_64-linux-gnu'),
        VK_DRIVER_FILES: join(folder, 'x/usr/share/vulkan/icd.d', vendor.driver),
        // A pipeline out of the cache is not compiled and prints nothing.
        MESA_SHADER_CACHE_DISABLE: 'true',
        XDG_RUNTIME_DIR: tmpdir(),
      },
    }
  })
}
