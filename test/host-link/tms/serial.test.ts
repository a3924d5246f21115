import { describe, expect, test } from 'vitest'
import { isSerial } from '../../../host-link/tms/serial.ts'

describe('what a terminal can be called', () => {
  test.each(['T1', 'SK26A00001', '0', 'a.b_c-d', '12345678901234567890'])('%j → a serial', (text) => {
    expect(isSerial(text)).toBe(true)
  })

  test.each([
    ...['', '.', '..', '-x', '_x', '123456789012345678901', 'a b', 'a/b', 'a+', '#', 'a~', 'é'],
    ...['shuaka-service', 'Shuaka-Service', '~shuaka-service'],
  ])('%j → none', (text) => {
    expect(isSerial(text)).toBe(false)
  })
})
