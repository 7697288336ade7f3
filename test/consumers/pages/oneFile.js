// A page that trains and predicts, built without chunks.
import { dataset, dense, fit, openDevice, predict, sequential, sgd, tanh } from 'wgrad'

const features = new Float32Array([0, 0, 0, 1, 1, 0, 1, 1])
const xor = dataset({ features, targets: new Uint8Array([0, 1, 1, 0]) })
const run = await fit(await openDevice(), sequential([2], [dense(16), tanh(), dense(2)]), xor, {
  loss: 'softmaxCrossEntropy',
  optimizer: sgd({ learningRate: 0.5, momentum: 0.9 }),
  epochs: 200,
})
const { classes } = await predict(run, features)
console.log(classes.join(' '))
