/** Opening a device in Node: which adapter it is, whose it is, and how its background errors come out. */
import { expect, test } from 'vitest'
import { openTestDevice } from './support/gpu.ts'

const gpu = await openTestDevice()

test('a device opens on this machine, with a name for people', () => {
  expect(gpu.adapter.name).not.toBe('')
})
