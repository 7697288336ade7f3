/** Commands on their way to the device: encoded and submitted at once, under one label. */
import { labelOf } from './label.ts'

/** @param encode is given the encoder, and the label for its passes */
export function submit(
  device: GPUDevice,
  name: string,
  encode: (encoder: GPUCommandEncoder, label: string) => void,
): void {
  const label = labelOf(name)
  const encoder = device.createCommandEncoder({ label })
  encode(encoder, label)
  device.queue.submit([encoder.finish({ label })])
}
