import { describe, expect, it } from 'vitest'
import { dataset, type Dataset, type DatasetOptions } from '../../src/data/dataset.ts'
import { flatten, normalise, oneHot } from '../../src/data/preprocess.ts'
import { split, take } from '../../src/data/split.ts'
import { DataError, OptionError } from '../../src/errors.ts'

/** Row i has the features [2i, 2i + 1] and the class i % 3. */
function rows(count: number): Dataset {
  return dataset({
    features: Float32Array.from({ length: 2 * count }, (_, i) => i),
    targets: Uint8Array.from({ length: count }, (_, i) => i % 3),
  })
}

describe('dataset', () => {
  it('takes class numbers of any integer type, and infers width and classes', () => {
    for (const targets of [new Uint8Array([0, 4]), new Int32Array([0, 4]), new Uint32Array([0, 4])]) {
      const set = dataset({ features: new Uint8Array([1, 2, 3, 4, 5, 6]), targets })
      expect(set).toEqual({
        count: 2,
        featureShape: [3],
        features: new Uint8Array([1, 2, 3, 4, 5, 6]),
        targets: new Uint32Array([0, 4]),
        outputs: 5,
      })
    }
  })

  it('takes dense targets, whose columns it counts', () => {
    const set = dataset({ features: new Float32Array(6), featureShape: [1, 2], targets: new Float32Array(9) })
    expect([set.count, set.outputs, set.featureShape]).toEqual([3, 3, [1, 2]])
  })

  it('copies, so that later writes change nothing', () => {
    const features = new Float32Array([1, 2])
    const targets = new Uint32Array([0, 1])
    const set = dataset({ features, targets })
    features[0] = NaN
    targets[0] = 9
    expect([set.features[0], set.targets[0]]).toEqual([1, 0])
  })

  const two = { features: new Float32Array([1, 2, 3, 4]), targets: new Uint8Array([0, 1]) }
  it.each<[string, DatasetOptions, typeof DataError | typeof OptionError, string]>([
    ['no features', { ...two, features: new Uint8Array() }, DataError, 'dataset: no features'],
    ['no targets', { ...two, targets: new Uint8Array() }, DataError, 'dataset: no targets'],
    ['its name', { ...two, features: new Uint8Array(), name: 'iris' }, DataError, 'iris: no features'],
    ['rows that differ in number', { ...two, featureShape: [4] }, DataError, '1 rows of features, 2 targets'],
    [
      'features that do not divide by the targets',
      { ...two, targets: new Uint8Array(3) },
      DataError,
      '4 feature values do not divide into 3 rows',
    ],
    [
      'features that do not divide by the shape',
      { ...two, featureShape: [3] },
      DataError,
      '4 feature values do not divide into rows of shape [3]',
    ],
    ['an empty shape', { ...two, featureShape: [] }, OptionError, 'featureShape is []'],
    ['a shape that is no size', { ...two, featureShape: [0.5] }, OptionError, 'featureShape is [0.5]'],
    [
      'a class above the number of classes',
      { ...two, classes: 1 },
      DataError,
      'row 1: class 1 is outside 0–0',
    ],
    [
      'a negative class',
      { ...two, targets: new Int32Array([0, -3]) },
      DataError,
      'row 1: class -3 is outside 0–0',
    ],
    ['classes that are no number', { ...two, classes: 2.5 }, OptionError, 'classes is 2.5'],
    [
      'a feature that is not finite',
      { ...two, features: new Float32Array([1, 2, NaN, 4]) },
      DataError,
      'feature at row 1, column 0 is NaN',
    ],
    [
      'a target that is not finite',
      { ...two, featureShape: [2], targets: new Float32Array([0, Infinity]) },
      DataError,
      'target at row 1, column 0 is Infinity',
    ],
    [
      'dense targets that do not divide',
      { ...two, featureShape: [2], targets: new Float32Array(3) },
      DataError,
      '3 target values do not divide into 2 rows',
    ],
    [
      'dense targets without a shape',
      { ...two, targets: new Float32Array(2) },
      OptionError,
      'dense targets need featureShape',
    ],
    [
      'dense targets with classes',
      { ...two, featureShape: [2], targets: new Float32Array(2), classes: 2 },
      OptionError,
      'classes is 2',
    ],
  ])('refuses %s', (_, options, kind, message) => {
    expect(() => dataset(options)).toThrow(kind)
    expect(() => dataset(options)).toThrow(message)
  })
})

describe('split', () => {
  it('shares out every row once, features with their targets', () => {
    const { train, validation } = split(rows(50), { fraction: 0.2, seed: 1 })
    expect([train.count, validation.count]).toEqual([40, 10])
    const firsts = [train, validation].flatMap((side) => {
      const found = Array.from({ length: side.count }, (_, i) => side.features[2 * i]! / 2)
      expect([...side.features]).toEqual(found.flatMap((row) => [2 * row, 2 * row + 1]))
      expect([...side.targets]).toEqual(found.map((row) => row % 3))
      return found
    })
    expect(firsts.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i))
  })

  it('is decided by the seed', () => {
    const validation = (seed: number): number[] => [
      ...split(rows(50), { fraction: 0.2, seed }).validation.features,
    ]
    expect(validation(1)).toEqual(validation(1))
    expect(validation(1)).not.toEqual(validation(2))
  })

  it.each([0, 1, -0.1, NaN])('refuses the fraction %d', (fraction) => {
    const splitting = (): unknown => split(rows(50), { fraction, seed: 1 })
    expect(splitting).toThrow(OptionError)
    expect(splitting).toThrow(`fraction is ${fraction}, expected between 0 and 1`)
  })

  it('refuses to leave a side empty', () => {
    expect(() => split(rows(3), { fraction: 0.1, seed: 1 })).toThrow(
      'fraction 0.1 of 3 examples leaves none for validation',
    )
    expect(() => split(rows(3), { fraction: 0.9, seed: 1 })).toThrow('leaves none for training')
  })
})

describe('take', () => {
  it('gives copies of the first rows', () => {
    const set = rows(5)
    const first = take(set, 2)
    expect(first).toEqual({
      ...set,
      count: 2,
      features: new Float32Array([0, 1, 2, 3]),
      targets: new Uint32Array([0, 1]),
    })
    first.features[0] = 9
    expect(set.features[0]).toBe(0)
  })

  it.each([0, 6, 1.5, -1])('refuses the count %d of 5', (count) => {
    expect(() => take(rows(5), count)).toThrow(`count is ${count}, expected an integer from 1 to 5`)
  })
})

describe('preprocessing', () => {
  it('flatten makes vectors of images', () => {
    const images = dataset({ features: new Uint8Array(24), featureShape: [2, 3], targets: new Uint8Array(4) })
    expect(flatten(images)).toEqual({ ...images, featureShape: [6] })
  })

  it('normalise divides by 255', () => {
    expect([...normalise(new Uint8Array([0, 51, 255]))]).toEqual([0, Math.fround(0.2), 1])
  })

  it('oneHot sets the column of the class', () => {
    expect([...oneHot(new Uint8Array([2, 0]), 3)]).toEqual([0, 0, 1, 1, 0, 0])
  })

  it('oneHot refuses a class out of range and classes that are no number', () => {
    expect(() => oneHot(new Uint8Array([0, 3]), 3)).toThrow('oneHot: row 1: class 3 is outside 0–2')
    expect(() => oneHot(new Uint8Array([0]), 0)).toThrow(OptionError)
  })
})
