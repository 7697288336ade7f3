/** A model in training on the device: its weights, and beside them what the optimiser keeps for each parameter. */
import { destroyBuffer } from '../gpu/buffer.ts'
import type { Gpu } from '../gpu/device.ts'
import type { NamedTensor } from '../io/safetensors.ts'
import type { Sequential } from '../nn/model.ts'
import type { Optimizer } from '../nn/optimizers.ts'
import type { Loss } from '../ops/losses.ts'
import { type Values, createArena, readArena } from './arena.ts'
import type { LossName } from './lossNames.ts'
import { Weights } from './weights.ts'

/** What a state begins from: of the optimiser's state, by name, nothing where it begins at zero. */
export interface StateValues {
  readonly parameters: Values
  readonly optimizerState: Readonly<Record<string, Values>>
}

export class TrainingState extends Weights {
  readonly optimizer: Optimizer
  /** Arenas like that of the parameters, by the names of `optimizer.state`. */
  readonly optimizerState: Readonly<Record<string, GPUBuffer>>

  constructor(gpu: Gpu, model: Sequential, loss: LossName | Loss, optimizer: Optimizer, values: StateValues) {
    super(gpu, model, loss, values.parameters)
    this.optimizer = optimizer
    this.optimizerState = Object.fromEntries(
      optimizer.state.map((name) => {
        const own = values.optimizerState[name] ?? new Map<string, Float32Array>()
        return [name, createArena(gpu, name, model, own)]
      }),
    )
  }

  /** Parameters and optimiser's state, the latter as `firstMoment/dense_1.weight`. */
  async tensors(): Promise<NamedTensor[]> {
    const { gpu, model } = this
    const states = Object.entries(this.optimizerState).map(async ([state, buffer]) => {
      const tensors = await readArena(gpu, model, buffer)
      return tensors.map((tensor) => ({ ...tensor, name: `${state}/${tensor.name}` }))
    })
    return (await Promise.all([readArena(gpu, model, this.parameters), ...states])).flat()
  }

  override dispose(): void {
    super.dispose()
    for (const buffer of Object.values(this.optimizerState)) destroyBuffer(buffer)
  }
}
