import { expect, test } from 'vitest'
import { aes } from '../../keys/aes.ts'
import { cmac } from '../../keys/cmac.ts'
import { tdes } from '../../keys/tdes.ts'
import { nodeCipher } from './node-cipher.ts'
import { asHex, hex, text, vectors } from './vectors.ts'

test.each(vectors(12, (each) => each.name.startsWith('cmac-')))('$name: NIST SP 800-38B', (each) => {
  const key = hex(text(each, 'key'))
  const cipher = text(each, 'algorithm').includes('AES') ? aes(key) : tdes(key)
  expect(asHex(cmac(cipher, hex(text(each, 'data'))))).toBe(each.expected)
})

test.each(vectors(2, (each) => each.mode === 'CMAC'))('$name: the same code over SM4', (each) => {
  const sm4 = nodeCipher('sm4-ecb', hex(text(each, 'key')), 16)
  expect(asHex(cmac(sm4, hex(text(each, 'data'))))).toBe(each.expected)
})
