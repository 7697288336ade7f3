/**
 * A model run on examples without a dataset: what `predict`, `activations` and `saliency` share. What a call needs on
 * the device is kept for the next one, as long as the model's parameters: a page asks again with every stroke of a pen.
 */
import type { Dataset } from '../data/dataset.ts'
import { DataError, DeviceError, ShapeError } from '../errors.ts'
import { bufferUsage } from '../gpu/device.ts'
import { submit } from '../gpu/submit.ts'
import { compile } from '../graph/program.ts'
import { bytesOf, checkShape, elementsOf, formatShape } from '../graph/value.ts'
import { type Reading, optionsFor, planReading } from './graphs.ts'
import {
  type BufferBatch,
  type Features,
  type Reader,
  type Values,
  isReleased,
  keptOf,
} from './keptReaders.ts'
import { holding } from './memory.ts'
import { Readback } from './readback.ts'
import { Resident, batchOf } from './resident.ts'
import type { TrainedModel } from './types.ts'

/**
 * Runs a model on examples, batch by batch.
 *
 * @param classes of each example, where the reading is of one
 * @throws DataError where the length is no multiple of an example's; it begins with the name of the call
 * @throws ShapeError where a buffer does not hold its examples, or cannot be copied from
 * @throws DeviceError where the model was disposed of, or the device fails
 */
export async function read(
  trained: TrainedModel,
  reading: Reading,
  features: Features,
  classes: Uint32Array<ArrayBuffer> = new Uint32Array(countOf(trained, reading, features)),
): Promise<Values> {
  const count = countOf(trained, reading, features)
  const width = elementsOf({ shape: trained.model.inputShape })
  // A power of two, so that few programs serve any count.
  const rows = Math.min(2 ** Math.ceil(Math.log2(count)), maxBatch)
  const reader = await keptReader(trained, reading, dtypeOf(features), rows)
  const whole: Record<string, Float32Array> = {}
  for (let begin = 0; begin < count; begin += rows) {
    const end = Math.min(begin + rows, count)
    const batch = sliceOf(features, begin, end, width)
    const values = await trained.gpu.wait(reader.run(batch, classes.subarray(begin, end)))
    for (const [name, part] of Object.entries(values)) {
      const each = part.length / (end - begin)
      whole[name] ??= new Float32Array(count * each)
      whole[name].set(part, begin * each)
    }
  }
  return whole
}

/** How many examples these are. Throws as `read` does. */
export function countOf({ model }: TrainedModel, reading: Reading, features: Features): number {
  const width = elementsOf({ shape: model.inputShape })
  if ('dtype' in features) {
    checkBuffer(callOf[reading], features, width)
    return features.count
  }
  const count = features.length / width
  if (Number.isInteger(count) && count > 0) return count
  throw new DataError(
    `${callOf[reading]}: ${features.length} features are no whole number of examples; one has ${width}: ${formatShape(model.inputShape)}`,
  )
}

function checkBuffer(call: string, { buffer, offset = 0, count, dtype }: BufferBatch, width: number): void {
  checkShape(`${call}: count`, [count])
  const bytes = bytesOf({ shape: [count, width], dtype })
  const has = buffer.size - offset
  if (has < bytes)
    throw new ShapeError(
      `${call}: ${count} examples have ${bytes} bytes, the buffer has ${has} from ${offset} on`,
    )
  if (offset % 4 !== 0) throw new ShapeError(`${call}: offset is ${offset}; it must be a multiple of 4`)
  if ((buffer.usage & bufferUsage.copySrc) === 0) {
    throw new ShapeError(
      `${call}: the buffer is without the usage COPY_SRC; create it with GPUBufferUsage.COPY_SRC`,
    )
  }
}

function dtypeOf(features: Features): 'u8' | 'f32' {
  if ('dtype' in features) return features.dtype
  return features instanceof Uint8Array ? 'u8' : 'f32'
}

function sliceOf(features: Features, begin: number, end: number, width: number): Features {
  if (!('dtype' in features)) return features.subarray(begin * width, end * width)
  const { offset = 0, dtype } = features
  return { ...features, offset: offset + bytesOf({ shape: [begin, width], dtype }), count: end - begin }
}

const callOf = { outputs: 'predict', activations: 'activations', saliency: 'saliency' } as const

const maxBatch = 512

async function keptReader(
  trained: TrainedModel,
  reading: Reading,
  dtype: 'u8' | 'f32',
  rows: number,
): Promise<Reader> {
  const { parameters } = trained
  const { asked, ready } = keptOf(parameters)
  const key = `${reading} ${dtype} ${rows}`
  const made = asked.get(key) ?? createReader(trained, reading, dtype, rows)
  asked.set(key, made)
  try {
    const reader = await made
    // Also while it was compiled.
    if (!isReleased(parameters)) {
      ready.add(reader)
      return reader
    }
    reader.dispose()
  } catch (error) {
    asked.delete(key)
    throw error
  }
  throw new DeviceError(`${callOf[reading]}: the model was disposed of`)
}

function createReader(
  { gpu, model, loss, parameters }: TrainedModel,
  reading: Reading,
  dtype: 'u8' | 'f32',
  rows: number,
): Promise<Reader> {
  return holding(gpu, async (memory) => {
    const { queue } = gpu.device
    const length = rows * elementsOf({ shape: model.inputShape })
    const examples: Dataset = {
      count: rows,
      featureShape: model.inputShape,
      features: dtype === 'u8' ? new Uint8Array(length) : new Float32Array(length),
      targets: new Uint32Array(rows),
      outputs: elementsOf({ shape: model.outputShape }),
    }
    const resident = memory.own(new Resident(gpu, examples))
    const plan = planReading(reading, { model, loss, batch: batchOf(examples, rows) }, await optionsFor(gpu))
    const program = memory.own(await compile(gpu, plan, { buffers: { ...resident.buffers, parameters } }))
    const outputs = Object.keys(plan.outputs).map((name) => {
      const { buffer, size = 0 } = program.output(name)
      return { name, buffer, rowBytes: size / rows }
    })
    const resultBytes = outputs.reduce((sum, { rowBytes }) => sum + rowBytes * rows, 0)
    const results = memory.buffer('results', resultBytes, bufferUsage.copySrc | bufferUsage.copyDst)
    const readback = memory.own(new Readback(gpu, resultBytes))
    const target = resident.buffers.features
    const bytes = new Uint8Array(target.size)
    // Whole words; what lies in the last one behind the bytes belongs to rows that nobody reads.
    const put = (batch: Features): void => {
      if ('dtype' in batch) {
        const encoder = gpu.device.createCommandEncoder()
        const size = bytesOf({ shape: [batch.count, length / rows], dtype })
        encoder.copyBufferToBuffer(batch.buffer, batch.offset ?? 0, target, 0, size)
        queue.submit([encoder.finish()])
      } else {
        bytes.set(new Uint8Array(batch.buffer, batch.byteOffset, batch.byteLength))
        queue.writeBuffer(target, 0, bytes, 0, Math.ceil(batch.byteLength / 4) * 4)
      }
    }
    return {
      async run(features, classes) {
        const count = classes.length
        put(features)
        queue.writeBuffer(resident.buffers.targets, 0, classes)
        program.run([{ begin: 0, count, metricsRow: 0 }])
        let at = 0
        const ranges = outputs.map(({ name, buffer, rowBytes }) => {
          const range = { name, buffer, offset: at, size: rowBytes * count }
          at += range.size
          return range
        })
        submit(gpu.device, 'results', (encoder) => {
          for (const { buffer, offset, size } of ranges)
            encoder.copyBufferToBuffer(buffer, 0, results, offset, size)
        })
        const result = await readback.read({ buffer: results, size: at })
        return Object.fromEntries(
          ranges.map(({ name, offset, size }) => [name, new Float32Array(result, offset, size / 4)]),
        )
      },
      dispose() {
        memory.dispose()
      },
    }
  })
}
