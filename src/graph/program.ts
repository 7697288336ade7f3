/**
 * A plan on a device: pipelines, bind groups and memory made once, so that running a step only encodes dispatches.
 * Owns the memory of the plan's slots; the caller's buffers stay the caller's.
 */
import { DeviceError, LimitError } from '../errors.ts'
import { createBuffer, destroyBuffer } from '../gpu/buffer.ts'
import { type Gpu, bufferUsage } from '../gpu/device.ts'
import { type BufferRange, type Kernel, bindKernel, bindSteps, createKernel } from '../gpu/kernel.ts'
import { type Step, createStepTable, stepRowBytes, writeStep } from '../gpu/step.ts'
import { submit } from '../gpu/submit.ts'
import { type Pass, type Place, type Plan, passesOf } from './plan.ts'

export interface CompileOptions {
  /** The caller's buffers, by the names that the graph's external values use. */
  readonly buffers: Readonly<Record<string, GPUBuffer>>
  /** Steps that one submit may hold. Default 1. */
  readonly maxSteps?: number
}

export interface CompiledPass {
  readonly pass: Pass
  readonly kernel: Kernel
}

interface Command {
  readonly pipeline: GPUComputePipeline
  readonly bindings: GPUBindGroup
  readonly workgroups: readonly [number, number, number]
}

/** Compiles a plan. Throws DeviceError where a buffer is missing, too small or beyond a limit. */
export async function compile(
  gpu: Gpu,
  plan: Plan,
  { buffers, maxSteps = 1 }: CompileOptions,
): Promise<Program> {
  const compiled = await gpu.wait(compilePasses(gpu, plan))
  checkPlaces(gpu.device, plan, buffers)
  return new Program(gpu, plan, compiled, buffers, maxSteps)
}

/** Of each dispatch the passes and their kernels. */
export function compilePasses({ device }: Gpu, { dispatches }: Plan): Promise<CompiledPass[][]> {
  const compilePass = async (pass: Pass): Promise<CompiledPass> => ({
    pass,
    kernel: await createKernel(device, pass.linking, pass.constants),
  })
  return Promise.all(dispatches.map((dispatch) => Promise.all(passesOf(dispatch).map(compilePass))))
}

export class Program implements Disposable {
  readonly plan: Plan
  /** Bytes that this program holds on the device. */
  readonly bytes: number
  readonly maxSteps: number
  readonly #device: GPUDevice
  /** Of each dispatch its passes. */
  readonly #commands: readonly (readonly Command[])[]
  readonly #slots: readonly GPUBuffer[]
  readonly #buffers: Readonly<Record<string, GPUBuffer>>
  readonly #table: GPUBuffer
  readonly #steps: GPUBindGroup
  readonly #rows: DataView<ArrayBuffer>
  /** Where each row of the table begins. */
  readonly #offsets: Uint32Array<ArrayBuffer>

  /** Use `compile`. */
  constructor(
    { device }: Gpu,
    plan: Plan,
    compiled: readonly (readonly CompiledPass[])[],
    buffers: Readonly<Record<string, GPUBuffer>>,
    maxSteps: number,
  ) {
    this.plan = plan
    this.maxSteps = maxSteps
    this.#device = device
    this.#buffers = buffers
    const usage = bufferUsage.storage | bufferUsage.copySrc | bufferUsage.copyDst
    this.#slots = plan.slots.map((size, i) => createBuffer(device, { label: `slot ${i}`, size, usage }))
    this.#commands = compiled.map((passes) => passes.map((one) => this.#command(one)))
    this.#table = createStepTable(device, maxSteps)
    this.#steps = bindSteps(device, this.#table)
    this.#rows = new DataView(new ArrayBuffer(maxSteps * stepRowBytes))
    this.#offsets = Uint32Array.from({ length: maxSteps }, (_, row) => row * stepRowBytes)
    this.bytes = plan.slots.reduce((sum, size) => sum + size, maxSteps * stepRowBytes)
  }

  /**
   * Encodes and submits the steps in order, at most `maxSteps`. Returns at once; nothing is read back.
   *
   * @param timestampWrites where the device's begin and end of these steps are written; default nowhere
   */
  run(steps: readonly Step[], timestampWrites?: GPUComputePassTimestampWrites): void {
    if (steps.length > this.maxSteps) {
      throw new RangeError(
        `${steps.length} steps in one submit; the program was compiled for ${this.maxSteps}`,
      )
    }
    this.#writeSteps(steps)
    submit(this.#device, 'steps', (encoder, label) => {
      const pass = encoder.beginComputePass({ label, ...(timestampWrites && { timestampWrites }) })
      for (let i = 0; i < steps.length; i++) {
        pass.setBindGroup(1, this.#steps, this.#offsets, i, 1)
        for (const commands of this.#commands) encode(pass, commands)
      }
      pass.end()
    })
  }

  /**
   * Runs one step with a pass for each dispatch, since timestamps are written between passes only: dispatch i begins at
   * query 2 i and ends at query 2 i + 1.
   */
  profile(step: Step, querySet: GPUQuerySet): void {
    this.#writeSteps([step])
    submit(this.#device, 'profile', (encoder, label) => {
      this.#commands.forEach((commands, i) => {
        const timestampWrites = {
          querySet,
          beginningOfPassWriteIndex: 2 * i,
          endOfPassWriteIndex: 2 * i + 1,
        }
        const pass = encoder.beginComputePass({ label, timestampWrites })
        pass.setBindGroup(1, this.#steps, this.#offsets, 0, 1)
        encode(pass, commands)
        pass.end()
      })
    })
  }

  /** Where a named output lies. */
  output(name: string): BufferRange {
    const place = this.plan.outputs[name]
    if (place === undefined) {
      throw new DeviceError(
        `there is no output "${name}"; this program has ${Object.keys(this.plan.outputs).join(', ')}`,
      )
    }
    return this.#range(place)
  }

  /** Frees the memory on the device. */
  dispose(): void {
    for (const buffer of [...this.#slots, this.#table]) destroyBuffer(buffer)
  }

  [Symbol.dispose](): void {
    this.dispose()
  }

  #command({ pass: { bindings, workgroups }, kernel }: CompiledPass): Command {
    const ranges = Object.entries(bindings).map(([name, place]) => [name, this.#range(place)] as const)
    const group = bindKernel(this.#device, kernel, Object.fromEntries(ranges))
    return { pipeline: kernel.pipeline, bindings: group, workgroups }
  }

  #writeSteps(steps: readonly Step[]): void {
    const rows = this.#rows
    steps.forEach((step, row) => {
      writeStep(rows, row, step)
    })
    this.#device.queue.writeBuffer(this.#table, 0, rows.buffer, 0, steps.length * stepRowBytes)
  }

  #range(place: Place): BufferRange & { readonly size: number } {
    const buffer = place.kind === 'slot' ? this.#slots[place.slot] : this.#buffers[place.buffer]
    if (buffer === undefined) throw new RangeError('checked by compile')
    return { buffer, offset: place.offset, size: place.size }
  }
}

function encode(pass: GPUComputePassEncoder, commands: readonly Command[]): void {
  for (const { pipeline, bindings, workgroups } of commands) {
    pass.setPipeline(pipeline)
    pass.setBindGroup(0, bindings)
    pass.dispatchWorkgroups(...workgroups)
  }
}

function checkPlaces(device: GPUDevice, plan: Plan, buffers: Readonly<Record<string, GPUBuffer>>): void {
  const limit = device.limits.maxStorageBufferBindingSize
  for (const { label, bindings } of plan.dispatches) {
    for (const [name, place] of Object.entries(bindings)) {
      if (place.size > limit) {
        throw new LimitError(`${label}: "${name}" has ${place.size} bytes, the device binds at most ${limit}`)
      }
      if (place.kind === 'slot') continue
      const buffer = buffers[place.buffer]
      if (buffer === undefined)
        throw new DeviceError(`${label}: "${name}" needs the buffer "${place.buffer}"`)
      if (buffer.size < place.offset + place.size) {
        throw new DeviceError(
          `${label}: "${name}" needs ${place.offset + place.size} bytes of "${place.buffer}", which has ${buffer.size}`,
        )
      }
    }
  }
}
