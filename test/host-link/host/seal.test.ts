import { describe, expect, it } from 'vitest'
import { SECRET_BYTES, sealUnder, secretCheck } from '../../../host-link/host/seal.ts'

const random = (bytes: number): Uint8Array => new Uint8Array(bytes).map((_, at) => (at * 89 + 17) & 255)
const ours = new Uint8Array(SECRET_BYTES).fill(7)
const theirs = ours.map((byte, at) => (at === SECRET_BYTES - 1 ? byte ^ 1 : byte))
const clear = Uint8Array.from({ length: 40 }, (_, at) => at)

describe('seal of the host’s books', () => {
  it('what was closed opens under the same secret only, and with no byte changed', () => {
    const seal = sealUnder(ours, random)
    const sealed = seal.close(clear)
    expect(seal.open(sealed)).toEqual(clear)
    expect(Buffer.from(sealed).includes(Buffer.from(clear.subarray(0, 8)))).toBe(false)
    expect(sealUnder(theirs, random).open(sealed)).toBeUndefined()
    for (let at = 0; at < sealed.length; at++)
      expect(seal.open(sealed.map((byte, index) => (index === at ? byte ^ 1 : byte)))).toBeUndefined()
    for (let length = 0; length < sealed.length; length++)
      expect(seal.open(sealed.slice(0, length))).toBeUndefined()
  })

  it('a fingerprint depends on the secret: books without it let nobody try out card numbers', () => {
    const print = sealUnder(ours, random).fingerprint(clear)
    expect(print).toMatch(/^[0-9A-F]{64}$/)
    expect(sealUnder(ours, random).fingerprint(clear)).toBe(print)
    expect(sealUnder(theirs, random).fingerprint(clear)).not.toBe(print)
    expect(sealUnder(ours, random).fingerprint(clear.slice(1))).not.toBe(print)
  })

  it('the check of a secret tells secrets apart and nothing of them', () => {
    expect(secretCheck(ours)).toMatch(/^[0-9A-F]{8}$/)
    expect(secretCheck(theirs)).not.toBe(secretCheck(ours))
    expect(Buffer.from(ours).toString('hex').toUpperCase()).not.toContain(secretCheck(ours))
  })
})
