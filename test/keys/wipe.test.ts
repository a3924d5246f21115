import { expect, test } from 'vitest'
import { wipe } from '../../keys/wipe.ts'

test('wipe: every buffer is zero, absent ones are passed over', () => {
  const buffers = [Uint8Array.of(1, 2), Uint8Array.of(3)]
  wipe(...buffers, undefined)
  expect(buffers).toEqual([Uint8Array.of(0, 0), Uint8Array.of(0)])
})
