import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CipherName } from '../../keys/block-cipher.ts'
import { cipherKeyFits, cipherOf } from '../../keys/cipher.ts'
import { nodeCipher, nodeTdes } from './node-cipher.ts'

const sizes: { readonly [N in CipherName]: readonly number[] } = {
  TDES: [8, 16, 24],
  SM4: [16],
  AES: [16, 24, 32],
}
const names = ['TDES', 'SM4', 'AES'] as const

function openssl(name: CipherName, key: Uint8Array) {
  if (name === 'TDES') return nodeTdes(key)
  return nodeCipher(name === 'SM4' ? 'sm4-ecb' : `aes-${key.length * 8}-ecb`, key, 16)
}

test.each(names)('%s takes its own key sizes and no other', (name) => {
  for (let bytes = 0; bytes <= 40; bytes++) {
    const fits = sizes[name].includes(bytes)
    expect(cipherKeyFits(name, bytes)).toBe(fits)
    if (fits) expect(cipherOf(name, new Uint8Array(bytes)).blockBytes).toBe(name === 'TDES' ? 8 : 16)
    else expect(() => cipherOf(name, new Uint8Array(bytes))).toThrow(RangeError)
  }
})

test.each(names)('%s under any key over any block: the same as OpenSSL', (name) => {
  const cases = fc
    .constantFrom(...sizes[name])
    .chain((bytes) =>
      fc.tuple(
        fc.uint8Array({ minLength: bytes, maxLength: bytes }),
        fc.uint8Array({ minLength: name === 'TDES' ? 8 : 16, maxLength: name === 'TDES' ? 8 : 16 }),
      ),
    )
  fc.assert(
    fc.property(cases, ([key, block]) => {
      expect(cipherOf(name, key).encrypt(block)).toEqual(openssl(name, key).encrypt(block))
      expect(cipherOf(name, key).decrypt(block)).toEqual(openssl(name, key).decrypt(block))
    }),
  )
})
