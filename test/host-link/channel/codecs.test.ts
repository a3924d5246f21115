import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Certificate,
  credentialFault,
  issueCertificate,
  openCertificate,
  readCertificate,
} from '../../../host-link/channel/certificate.ts'
import { frame, makeInput } from '../../../host-link/channel/frames.ts'
import { type Hello, helloBytes, readHello } from '../../../host-link/channel/hello.ts'
import { hkdf, hmac } from '../../../host-link/channel/noise-cipher.ts'
import { ascii, asHex, hex } from '../../keys/vectors.ts'
import { bytesFrom, credentialOf, otherRoot, root, terminalCredential } from '../../rig/channel.ts'

const hellos: readonly (readonly [string, string, Hello])[] = [
  ['to a host', '534B4E31 01 03534B31 02 4831', { purpose: 'host', id: 'SK1', peerId: 'H1' }],
  ['to an unknown station', '534B4E31 02 03534B31 00', { purpose: 'inject', id: 'SK1', peerId: '' }],
  ['for new keys', '534B4E31 03 0141 0142', { purpose: 'rkl', id: 'A', peerId: 'B' }],
]

describe('hello', () => {
  test.each(hellos)('%s → bytes as drawn, and back', (_, digits, hello) => {
    const bytes = hex(digits)
    expect(helloBytes(hello)).toEqual(bytes)
    expect(readHello(bytes)).toEqual({ kind: 'hello', hello, length: bytes.length })
    for (let cut = 0; cut < bytes.length; cut++) expect(readHello(bytes.slice(0, cut)).kind).toBe('more')
  })

  test.each([
    ['another version', '534B4E32 01 0141 00'],
    ['purpose 0', '534B4E31 00 0141 00'],
    ['purpose 4', '534B4E31 04 0141 00'],
    ['no id', '534B4E31 01 00 00'],
    ['an id of 21', `534B4E31 01 15${'41'.repeat(21)} 00`],
    ['a space in an id', '534B4E31 01 024120 00'],
    ['a byte that is no ASCII', '534B4E31 01 0141 01C1'],
  ])('%s → none', (_, digits) => {
    expect(readHello(hex(digits)).kind).toBe('none')
  })

  test('an id that it cannot hold → told to the caller', () => {
    for (const id of ['', 'with space', 'x'.repeat(21), 'é'])
      expect(() => helloBytes({ purpose: 'host', id, peerId: '' })).toThrow(RangeError)
  })
})

const said: Certificate = {
  ...{ role: 'terminal', purposes: ['host', 'rkl'], id: 'SK000001', notAfter: 20_301_231 },
  ...{ publicKey: bytesFrom(5), serial: bytesFrom(6, 8) },
}

describe('certificate', () => {
  const bytes = issueCertificate(said, root.secretKey)

  test('what is said of a key → bytes as drawn, signed, and back', () => {
    const head = `01 01 05 08 ${asHex(ascii('SK000001'))}`.replaceAll(' ', '')
    expect(asHex(bytes)).toMatch(new RegExp(`^${head}${asHex(said.publicKey)}0135C5AF${asHex(said.serial)}`))
    expect(bytes).toHaveLength(120)
    expect(openCertificate(bytes, root.publicKey)).toEqual(said)
    expect(readCertificate(bytes)).toEqual(said)
  })

  test('one bit of every byte, every length but its own, another root → no certificate', () => {
    for (let at = 0; at < bytes.length; at++) {
      const flipped = bytes.map((byte, here) => (here === at ? byte ^ (1 << (at % 8)) : byte))
      expect(openCertificate(flipped, root.publicKey), `byte ${at}`).toBeUndefined()
      expect(openCertificate(bytes.slice(0, at), root.publicKey)).toBeUndefined()
    }
    expect(openCertificate(Uint8Array.of(...bytes, 0), root.publicKey)).toBeUndefined()
    expect(openCertificate(bytes, otherRoot.publicKey)).toBeUndefined()
  })

  test.each([
    ['an id of 21 characters', { id: 'x'.repeat(21) }],
    ['a key of 31 bytes', { publicKey: bytesFrom(1, 31) }],
    ['a serial of 7 bytes', { serial: bytesFrom(1, 7) }],
    ['no purpose', { purposes: [] }],
    ['a date of six digits', { notAfter: 261_122 }],
  ])('%s → not issued', (_, wrong) => {
    expect(() => issueCertificate({ ...said, ...wrong }, root.secretKey)).toThrow(RangeError)
  })

  test('one’s own credential → good, or why not', () => {
    expect(credentialFault(terminalCredential, 20_301_231)).toBeUndefined()
    expect(credentialFault(terminalCredential, 20_310_101)).toMatch('ended on 20301231')
    expect(credentialFault({ ...terminalCredential, root: otherRoot.publicKey }, 0)).toMatch('not signed')
    expect(credentialFault({ ...terminalCredential, secret: bytesFrom(3) }, 0)).toMatch('of another key')
    expect(credentialFault({ ...credentialOf(8), secret: bytesFrom(8, 31) }, 0)).toMatch('of another key')
  })
})

describe('frames', () => {
  test('any messages, cut anyhow → the same messages', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 600 }), { maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 }),
        (messages, cuts) => {
          const bytes = Uint8Array.from(messages.flatMap((message) => [...frame(message)]))
          const input = makeInput()
          const got: Uint8Array[] = []
          for (let at = 0, turn = 0; at < bytes.length; turn++) {
            const size = cuts[turn % cuts.length] ?? 1
            input.push(bytes.slice(at, at + size))
            at += size
            for (let item = input.frame(); item.kind === 'frame'; item = input.frame()) got.push(item.message)
          }
          expect(got).toEqual(messages)
          expect(input.pending).toBe(0)
        },
      ),
    )
  })

  test('no message, or one too long → told to the caller', () => {
    expect(() => frame(new Uint8Array(0))).toThrow(RangeError)
    expect(() => frame(new Uint8Array(16_385))).toThrow(RangeError)
  })
})

describe('HMAC-SHA-512 and HKDF', () => {
  test('RFC 4231 test cases 1 and 6 (a key longer than a block)', () => {
    expect(asHex(hmac(new Uint8Array(20).fill(0x0b), ascii('Hi There')))).toBe(
      '87AA7CDEA5EF619D4FF0B4241A1D6CB02379F4E2CE4EC2787AD0B30545E17CDEDAA833B7D6B8A702038B274EAEA3F4E4BE9D914EEB61F1702E696C203A126854',
    )
    const key = new Uint8Array(131).fill(0xaa)
    expect(asHex(hmac(key, ascii('Test Using Larger Than Block-Size Key - Hash Key First')))).toBe(
      '80B24263C7C1A3EBB71493C1DD7BE8B49B46D1F41B4AEEC1121B013783F8F3526B56D037E05F2598BD0FD2215D6A1E5295E64F73F63F0AEC8B915A985D786598',
    )
  })

  test('three outputs, each 64 bytes, none like another', () => {
    const outputs = hkdf(bytesFrom(1, 64), bytesFrom(2)).map(asHex)
    expect(new Set(outputs).size).toBe(3)
    for (const output of outputs) expect(output).toHaveLength(128)
  })
})
