// A page whose files are taken away while it trains, as where it is deployed anew; then its device is lost.
import { dataset, dense, fit, loadModel, openDevice, sequential, sgd, tanh } from 'wgrad'

const areGone = async () => {
  console.log('it trains')
  while ((await fetch(import.meta.url, { cache: 'no-store' })).ok)
    await new Promise((resolve) => setTimeout(resolve, 20))
}
const features = new Float32Array([0, 0, 0, 1, 1, 0, 1, 1])
const xor = dataset({ features, targets: new Uint8Array([0, 1, 1, 0]) })
const first = await openDevice()
const run = await fit(first, sequential([2], [dense(16), tanh(), dense(2)]), xor, {
  loss: 'softmaxCrossEntropy',
  optimizer: sgd({ learningRate: 0.5, momentum: 0.9 }),
  epochs: 200,
  validation: xor,
  checkpoint: { seconds: 0 },
  reopen: () => openDevice(),
  onEpoch: async ({ epoch }) => {
    if (epoch === 1) await areGone()
    if (epoch === 50) first.device.destroy()
  },
})
const kept = loadModel(run.gpu, await run.weights())
const [{ validation }] = run.history.slice(-1)
const { length } = await run.checkpoint()
console.log(`${validation.accuracy === 1} ${kept.model.layers.length} ${length > 1000} ${run.gpu !== first}`)
