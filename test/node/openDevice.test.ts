/** Opening a device in Node: which adapter it is, whose it is, and how its background errors come out. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { DeviceError, OptionError } from '../../src/errors.ts'
import { bufferUsage } from '../../src/gpu/device.ts'
import type { Gpu } from '../../src/gpu/device.ts'
import { openDevice } from '../../src/node/openDevice.ts'
import { softwareSupported, unpackSoftwareAdapter } from '../../src/node/softwareAdapter.ts'
import { makeElsewhere } from './support/elsewhere.ts'
import { openTestDevice } from './support/gpu.ts'

const environment = { ...process.env }
const gpu = await openTestDevice()

if (!softwareSupported)
  console.log('skipping the tests of the embedded software adapter: it is for Linux on x64')
const testSoftware = test.runIf(softwareSupported)
/** SwiftShader as the one driver of a process, with its own loader: a machine may have none. */
const onlySwiftShader = (): Record<'VK_DRIVER_FILES' | 'LD_LIBRARY_PATH', string> => {
  const folder = unpackSoftwareAdapter()
  return { VK_DRIVER_FILES: join(folder, 'vk_swiftshader_icd.json'), LD_LIBRARY_PATH: folder }
}
const noDriver = { VK_DRIVER_FILES: '/no/such/driver.json' }

test('without options: some adapter of this machine, with a name for people', () => {
  expect(gpu.adapter.name).toMatch(/\w/)
  expect(gpu.device.limits.maxStorageBuffersPerShaderStage).toBeGreaterThanOrEqual(8)
})

testSoftware("'software' and part of a name, in any case: that adapter, and no notice", async () => {
  const notices: string[] = []
  const onNotice = (line: string): void => void notices.push(line)
  using software = await openDevice({ adapter: 'software', onNotice })
  using named = await openDevice({ adapter: 'SWIFTSHADER', onNotice })
  expect(software.adapter.software).toBe(true)
  expect(named.adapter.name).toMatch(/^SwiftShader Device/)
  expect(notices).toEqual([])
})

testSoftware('the software adapter leaves the environment of this process as it was', async () => {
  using software = await openDevice({ adapter: 'swiftshader' })
  expect(software.adapter.software).toBe(true)
  expect(process.env).toEqual(environment)
})

test('a name that no adapter has: an OptionError that lists those that exist', async () => {
  const failure = await openDevice({ adapter: 'voodoo2' }).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(OptionError)
  expect(String(failure)).toContain("no adapter is named 'voodoo2'")
  expect(String(failure)).toContain(`'${gpu.adapter.name}'`)
})

testSoftware(
  'VK_DRIVER_FILES is respected: a software driver there is used with a notice, and is no GPU',
  async () => {
    setEnvironment('VK_DRIVER_FILES', onlySwiftShader().VK_DRIVER_FILES)
    const notices: string[] = []
    using found = await openDevice({ onNotice: (line) => void notices.push(line) })
    expect(found.adapter.software).toBe(true)
    expect(notices).toEqual([`no GPU found, using the processor: ${found.adapter.name}`])
    await expect(openDevice({ adapter: 'gpu' })).rejects.toThrow(
      `no GPU found among '${found.adapter.name}'; install`,
    )
  },
)

test("the user's own device: its handlers stay, and dispose leaves it alive", async () => {
  const { device } = await openOwned()
  const told: string[] = []
  device.onuncapturederror = ({ error }) => void told.push(error.message)
  const wrapped = await openDevice({ device })
  makeInvalidBuffer(device, 'mine')
  await expect(wrapped.wait(device.queue.onSubmittedWorkDone())).rejects.toThrow('mine')
  expect(told).toHaveLength(1)
  wrapped.dispose()
  await expect(withTimeout(device.lost)).resolves.toBe('still alive')
  expect(wrapped.adapter.software).toBe(gpu.adapter.software)
})

test('an error that the device raises in the background is thrown by the next check, with its label, once', async () => {
  makeInvalidBuffer(gpu.device, 'weights of dense_1')
  makeInvalidBuffer(gpu.device, 'another')
  await gpu.device.queue.onSubmittedWorkDone()
  const failure = attempt(() => {
    gpu.check()
  })
  expect(failure).toBeInstanceOf(DeviceError)
  expect(String(failure)).toMatch(/in the background: .*weights of dense_1.*\(and 1 more\)$/s)
  gpu.check()
})

test('wait: gives the value, throws the rejection, and throws what the device raised meanwhile', async () => {
  await expect(gpu.wait(Promise.resolve(7))).resolves.toBe(7)
  await expect(gpu.wait(Promise.reject(new RangeError('mine')))).rejects.toThrow(RangeError)
  makeInvalidBuffer(gpu.device, 'gradient')
  await expect(gpu.wait(gpu.device.queue.onSubmittedWorkDone())).rejects.toThrow('gradient')
})

test('wait lets timers run while it waits', async () => {
  let ticks = 0
  const fourTicks = new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      if (++ticks < 4) return
      clearInterval(timer)
      resolve()
    }, 5)
  })
  await gpu.wait(fourTicks)
  expect(ticks).toBe(4)
})

test('wait looks seldom until shortly before what it waits for is expected, and sees it though it comes early', async () => {
  const begin = performance.now()
  let turns = 0
  const turn = (): void => {
    turns++
    if (performance.now() - begin < 1000) immediate = setImmediate(turn)
  }
  let immediate = setImmediate(turn)
  await gpu.wait(sleep(200), 1)
  clearImmediate(immediate)
  expect(turns).toBeLessThan(50)
  expect(performance.now() - begin).toBeLessThan(1000)
})

test('a lost device: every call from then on says so', async () => {
  const owner = await openOwned()
  const wrapped = await openDevice({ device: owner.device })
  owner.dispose()
  await owner.device.lost
  for (let call = 0; call < 2; call++) {
    await expect(wrapped.wait(Promise.resolve())).rejects.toThrow('the device was lost')
  }
})

test('a disposed device: calls say so', async () => {
  const owner = await openOwned()
  owner.dispose()
  await expect(owner.wait(Promise.resolve())).rejects.toThrow('the device was disposed of; open a new one')
})

test('without the package webgpu: the command that adds it', async () => {
  using elsewhere = makeElsewhere()
  expect(await failureThere(elsewhere)).toBe(
    'DeviceError: the package webgpu (WebGPU for Node) is not installed; add it with: npm install webgpu',
  )
})

testSoftware('without a driver and without the software adapter: the command that adds it', async () => {
  using elsewhere = makeElsewhere()
  elsewhere.addDawn()
  expect(await failureThere(elsewhere)).toContain(
    'is not installed; add it with: npm install @sparticuz/chromium@147',
  )
})

testSoftware('without a GPU: a program that opens two devices says so once, works and ends', async () => {
  using elsewhere = makeElsewhere()
  elsewhere.addDawn()
  const script = `${open} await openDevice(); console.log((await openDevice()).adapter.name)`
  const outcome = await elsewhere.run(script, onlySwiftShader())
  expect(outcome.stderr).toMatch(/^wgrad: no GPU found, using the processor: SwiftShader Device .*\n$/)
  expect(outcome.stdout).toMatch(/^SwiftShader Device/)
  expect(outcome.code).toBe(0)
})

testSoftware(
  'a device outlives garbage collections, which end Node where the instance of Dawn is let go',
  async () => {
    using elsewhere = makeElsewhere()
    elsewhere.addDawn()
    const collect = "import v8 from 'node:v8'; import vm from 'node:vm'; v8.setFlagsFromString('--expose-gc')"
    const use = 'await gpu.wait(gpu.device.queue.onSubmittedWorkDone())'
    const loop = `for (let i = 0; i < 5; i++) { vm.runInNewContext('gc')(); await new Promise(setImmediate); ${use} }`
    const script = `${open} ${collect}; const gpu = await openDevice(); ${loop}; console.log('alive')`
    expect(await elsewhere.run(script, onlySwiftShader())).toMatchObject({
      code: 0,
      stdout: 'alive\n',
    })
  },
)

testSoftware('several processes that unpack the adapter at once all get it whole', async () => {
  using elsewhere = makeElsewhere()
  elsewhere.addSoftwareAdapter()
  const outcomes = await Promise.all([1, 2, 3, 4].map(() => elsewhere.run(unpack)))
  const cache = join(elsewhere.folder, 'node_modules/.cache/wgrad')
  const [folder = ''] = readdirSync(cache)
  for (const outcome of outcomes)
    expect(outcome).toEqual({ code: 0, stdout: join(cache, folder), stderr: '' })
  expect(readdirSync(cache), 'nothing is left over').toHaveLength(1)
  expect(readdirSync(join(cache, folder))).toHaveLength(3)
})

testSoftware(
  "node_modules that cannot be written: the user's cache; neither: an error that names both",
  async () => {
    using elsewhere = makeElsewhere()
    elsewhere.addSoftwareAdapter()
    // A file in the place of a folder stops root, too.
    writeFileSync(join(elsewhere.folder, 'node_modules/.cache'), '')
    const cache = join(elsewhere.folder, 'cache')
    const outcome = await elsewhere.run(unpack)
    expect(outcome.stdout).toContain(join(cache, 'wgrad'))
    expect(existsSync(join(outcome.stdout, 'libvulkan.so.1'))).toBe(true)
    const refused = await elsewhere.run(unpack, { XDG_CACHE_HOME: join(elsewhere.folder, 'package.json') })
    expect(refused.stderr).toMatch(/cannot be unpacked into .*\.cache\/wgrad or .*package\.json\/wgrad/)
    expect(refused.stderr).toContain('point XDG_CACHE_HOME at a folder that is')
  },
)

const open = "import { openDevice } from './node/openDevice.js';"
const unpack =
  "import { unpackSoftwareAdapter } from './node/softwareAdapter.js'; process.stdout.write(unpackSoftwareAdapter())"

async function failureThere(elsewhere: ReturnType<typeof makeElsewhere>): Promise<string> {
  const script = `${open} await openDevice().catch((error) => { process.stdout.write(String(error)) })`
  return (await elsewhere.run(script, noDriver)).stdout
}

/** A second device, for a test that ends it. */
async function openOwned(): Promise<Gpu> {
  const owner = await openDevice({ onNotice: () => undefined })
  onTestFinished(() => {
    owner.dispose()
  })
  return owner
}

function attempt(call: () => void): unknown {
  try {
    call()
  } catch (error) {
    return error
  }
  return undefined
}

function makeInvalidBuffer(device: GPUDevice, label: string): void {
  device.createBuffer({ label, size: 2 ** 50, usage: bufferUsage.storage })
}

function withTimeout(promise: Promise<unknown>): Promise<unknown> {
  return Promise.race([promise, new Promise((resolve) => setTimeout(resolve, 50, 'still alive'))])
}

function setEnvironment(name: string, value: string): void {
  const before = process.env[name]
  process.env[name] = value
  onTestFinished(() => {
    if (before === undefined) Reflect.deleteProperty(process.env, name)
    else process.env[name] = before
  })
}
