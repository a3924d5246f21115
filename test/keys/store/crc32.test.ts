import { expect, test } from 'vitest'
import { crc32 } from '../../../keys/store/crc32.ts'
import { ascii } from '../vectors.ts'

test('CRC-32 of 123456789 is CBF43926', () => {
  expect(crc32(ascii('123456789')).toString(16)).toBe('cbf43926')
})
