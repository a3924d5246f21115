import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { makeSigners, readSigners, signerOf } from '../../../../host-link/tms/node/signers.ts'
import { rememberingVerify, verify } from '../../../../host-link/tms/node/verify.ts'
import { bytesOfHex, hexOf } from '../../../../host-link/wire/bytes.ts'
import { seedOf, temporaryFolder } from './rig.ts'

const folder = temporaryFolder()
afterAll(() => folder.remove())
const passphrase = (text: string) => new TextEncoder().encode(text)
const COST = 16

describe('online keys', () => {
  test('RFC 8032, 7.1, test 2: key and signature of a known seed, which is wiped', () => {
    const seed = bytesOfHex('4CCD089B28FF96DA9DB6C346EC114E0F5B8A319F35ABA624DA8CF6ED4FB8A6FB')
    const signer = signerOf(seed)
    expect(hexOf(signer.publicKey)).toBe('3D4017C3E843895A92B70AA74D1B7EBC9C982CCF2EC4968CC0CD55F12AF4660C')
    const signature = signer.sign(Uint8Array.of(0x72))
    expect(hexOf(signature)).toBe(
      '92A009A9F0D4CAB8720E820B5F642540A2B27B5416503F8FB3762223EBDB69DA085AC1E43E15996E458F3613D0F11D8C387B2EAEB4302AEEB00D291612BB0C00',
    )
    expect(verify(signer.publicKey, Uint8Array.of(0x72), signature)).toBe(true)
    expect(verify(signer.publicKey, Uint8Array.of(0x73), signature)).toBe(false)
    expect(seed.every((byte) => byte === 0)).toBe(true)
  })

  test('a signature with S + L is refused, and what is no key', () => {
    const signer = signerOf(new Uint8Array(32).fill(3))
    const message = Uint8Array.of(1, 2)
    const signature = signer.sign(message)
    const order = [
      ...bytesOfHex('1000000000000000000000000000000014DEF9DEA2F79CD65812631A5CF5D3ED'),
    ].reverse()
    const malleated = Uint8Array.from(signature)
    let carry = 0
    for (let at = 0; at < 32; at++) {
      const sum = (malleated[32 + at] ?? 0) + (order[at] ?? 0) + carry
      malleated[32 + at] = sum & 255
      carry = sum >> 8
    }
    expect(verify(signer.publicKey, message, signature)).toBe(true)
    expect(verify(signer.publicKey, message, malleated)).toBe(false)
    expect(verify(new Uint8Array(31), message, signature)).toBe(false)
  })

  test('their file is its owner’s, opens under its passphrase only, and is never overwritten', async () => {
    const path = join(folder.path, 'online.keys')
    const made = await makeSigners(path, passphrase('correct horse'), COST)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const read = await readSigners(path, passphrase('correct horse'))
    expect(read?.director.publicKey).toEqual(made.director.publicKey)
    expect(read?.parameters.kid).toEqual(made.parameters.kid)
    expect(made.director.publicKey).not.toEqual(made.parameters.publicKey)
    expect(await readSigners(path, passphrase('wrong horse'))).toBeUndefined()
    await expect(makeSigners(path, passphrase('correct horse'), COST)).rejects.toThrow('cannot be written')
    writeFileSync(path, readFileSync(path, 'utf8').replace('"cost":16', '"cost":17'))
    await expect(readSigners(path, passphrase('correct horse'))).rejects.toThrow('no file of online keys')
  })
})

test('a verifier that remembers two keys judges five as one that remembers none, in any order', () => {
  const remembering = rememberingVerify(2)
  const message = Uint8Array.of(1, 2, 3)
  const people = ['a', 'b', 'c', 'd'].map((name) => signerOf(seedOf(name)))
  for (const at of [0, 1, 0, 2, 3, 3, 0, 2, 1]) {
    const { publicKey, sign } = people[at] ?? signerOf(seedOf('e'))
    const other = people[(at + 1) % 4]?.publicKey ?? publicKey
    expect(remembering(publicKey, message, sign(message))).toBe(true)
    expect(remembering(other, message, sign(message))).toBe(false)
    for (const none of [new Uint8Array(32), new Uint8Array(31), new Uint8Array(32).fill(0xff)])
      expect([remembering(none, message, sign(message)), verify(none, message, sign(message))]).toEqual([
        false,
        false,
      ])
  }
})
