/** Counts what the library asks of a real device: every call goes through to it. */

export interface Spy extends Disposable {
  readonly counts: Record<Counted, number>
  /** The workgroups of each dispatch. */
  readonly dispatched: readonly (readonly unknown[])[]
  /** Labels of the buffers that were created since and not destroyed. */
  livingBuffers(): string[]
}

export type Counted =
  | 'createBuffer'
  | 'createBindGroup'
  | 'createComputePipelineAsync'
  | 'dispatchWorkgroups'
  | 'mapAsync'
  | 'submit'

/** Begins to count; `dispose` gives the device its own methods back. */
export function spyOn(device: GPUDevice): Spy {
  const counts = {
    createBuffer: 0,
    createBindGroup: 0,
    createComputePipelineAsync: 0,
    dispatchWorkgroups: 0,
    mapAsync: 0,
    submit: 0,
  }
  const dispatched: unknown[][] = []
  const living = new Set<GPUBuffer>()
  const restore: (() => void)[] = []

  function before<T extends object>(target: T, name: keyof T, told: (...rest: unknown[]) => void): void {
    const own = target[name] as (...rest: unknown[]) => unknown
    intercept(target, name, (...rest) => {
      told(...rest)
      return Reflect.apply(own, target, rest)
    })
  }
  function intercept(target: object, name: PropertyKey, value: (...rest: unknown[]) => unknown): void {
    Object.defineProperty(target, name, { value, configurable: true })
    restore.push(() => {
      Reflect.deleteProperty(target, name)
    })
  }

  for (const name of ['createBindGroup', 'createComputePipelineAsync'] as const) {
    before(device, name, () => counts[name]++)
  }
  before(device.queue, 'submit', () => counts.submit++)
  const createCommandEncoder = device.createCommandEncoder.bind(device)
  intercept(device, 'createCommandEncoder', (descriptor) => {
    const encoder = createCommandEncoder(descriptor as GPUCommandEncoderDescriptor)
    const beginComputePass = encoder.beginComputePass.bind(encoder)
    intercept(encoder, 'beginComputePass', (passDescriptor) => {
      const pass = beginComputePass(passDescriptor as GPUComputePassDescriptor)
      before(pass, 'dispatchWorkgroups', (...workgroups) => {
        counts.dispatchWorkgroups++
        dispatched.push(workgroups)
      })
      return pass
    })
    return encoder
  })
  const createBuffer = device.createBuffer.bind(device)
  intercept(device, 'createBuffer', (descriptor) => {
    counts.createBuffer++
    const buffer = createBuffer(descriptor as GPUBufferDescriptor)
    living.add(buffer)
    before(buffer, 'destroy', () => living.delete(buffer))
    before(buffer, 'mapAsync', () => counts.mapAsync++)
    return buffer
  })
  return {
    counts,
    dispatched,
    livingBuffers: () => [...living].map(({ label }) => label).sort(),
    [Symbol.dispose]() {
      for (const undo of restore) undo()
    },
  }
}
