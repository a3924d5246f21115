import { expect, test } from 'vitest'
import { isRefusal } from '../../../emulator/page/frames.ts'

const title = (mti: string, response?: string) => ({ mti, name: '', response })

test('an answer of the host: 00 or none is no refusal, any other response code is one', () => {
  expect(isRefusal('in', title('0210', '00'))).toBe(false)
  expect(isRefusal('in', title('0830'))).toBe(false)
  expect(isRefusal('in', title('0210', '51'))).toBe(true)
})

test('a 冲正 reversal: its reason in field 39 is not a refusal', () => {
  for (const reason of ['06', '98', 'A0']) expect(isRefusal('out', title('0400', reason))).toBe(false)
})
