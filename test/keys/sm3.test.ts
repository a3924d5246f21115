import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sm3 } from '../../keys/sm3.ts'
import { ascii, asHex, text, vectors } from './vectors.ts'

const openssl = (bytes: Uint8Array) => Uint8Array.from(createHash('sm3').update(bytes).digest())

test.each(vectors(3, (each) => each.category === 'sm3'))('$name: as GB/T 32905 has it', (each) => {
  expect(asHex(sm3(ascii(text(each, 'dataAscii'))))).toBe(each.expected)
})

test('every length to 200 bytes, past each edge of the padding: the same as OpenSSL', () => {
  for (let length = 0; length <= 200; length++) {
    const bytes = Uint8Array.from({ length }, (_, at) => at * 31 + length)
    expect(sm3(bytes), `${length} bytes`).toEqual(openssl(bytes))
  }
})

test('any bytes: the same as OpenSSL', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
      expect(sm3(bytes)).toEqual(openssl(bytes))
    }),
  )
})
