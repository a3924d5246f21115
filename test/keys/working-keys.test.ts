import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decryptEcb, encryptEcb } from '../../keys/block-cipher.ts'
import { checkValue } from '../../keys/check-value.ts'
import { sm4 } from '../../keys/sm4.ts'
import { tdes } from '../../keys/tdes.ts'
import {
  keyBlockBytes,
  kindAlgorithm,
  kindHasTrackKey,
  openWorkingKeys,
  sealWorkingKeys,
  type WorkingKeyKind,
} from '../../keys/working-keys.ts'
import { asHex, expected, hex, text, vector } from './vectors.ts'

const tmk = tdes(hex('70F2A84CCBC2AE8625CBB0F2C22AB923'))
const pik = hex('807A23AD32B36D457AE91FDF927570EA')
const mak = hex('5BB5C72CD00B7338')
const longMak = hex('0123456789ABCDEFFEDCBA9876543210')
const tdk = hex('4567C298FB0B045DAB54BF499E10EFCD')

const sm4Tmk = sm4(hex('70F2A84CCBC2AE8625CBB0F2C22AB923'))
const masterOf = (kind: WorkingKeyKind) => (kindAlgorithm(kind) === 'SM4' ? sm4Tmk : tmk)

/** A key beside its check value, as the wire has it. */
function field(key: Uint8Array): string {
  return asHex(encryptEcb(tmk, key)) + asHex(checkValue(tdes(key), 4))
}
const open = (kind: WorkingKeyKind, block: string) => openWorkingKeys(kind, hex(block), tmk)
const refused = (why: string) => ({ kind: 'refused', why })

test('field 62 of the worked example opens: PIK of 16 bytes, MAK of 8 with zeros beside it', () => {
  const each = vector('cup-signin-f62-40')
  const opened = openWorkingKeys('003', hex(text(each, 'field62')), tdes(hex(text(each, 'tmk'))))
  expect(opened).toEqual({
    kind: 'opened',
    keys: { pik: hex(expected(each, 'pik')), mak: hex(expected(each, 'mak')), tdk: undefined },
  })
})

test('field 62 of the worked example is built again byte for byte', () => {
  const each = vector('cup-signin-f62-40')
  const keys = { pik: hex(expected(each, 'pik')), mak: hex(expected(each, 'mak')), tdk: undefined }
  const block = sealWorkingKeys('003', keys, tdes(hex(text(each, 'tmk'))))
  expect(asHex(block)).toBe(text(each, 'field62'))
})

// biome-ignore format: one row a wrapped key
test.each([
  ['V1 MAK', '70F2A84CCBC2AE8625CBB0F2C22AB923', '96D605EA176B7E9E', 'C24A8FB57AA20123', undefined],
  ['V2 MAK', '44'.repeat(16), 'C9E3E3B489B520FE', '7F52E3201FDF045E', '666CB203'],
  ['V2 PIK', '44'.repeat(16), '84C5491C3834928E7B26B5409A942BCF', '4567C298FB0B045DAB54BF499E10EFCD', '6EB8E4EE'],
])('%s: unwraps under its TMK', (_, master, cryptogram, key, kcv) => {
  const unwrapped = decryptEcb(tdes(hex(master)), hex(cryptogram))
  expect(asHex(unwrapped)).toBe(key)
  if (kcv !== undefined) expect(asHex(checkValue(tdes(unwrapped), 4))).toBe(kcv)
})

// biome-ignore format: one row a shape
test.each([
  ['001', 24, { pik: longMak.slice(0, 8), mak, tdk: undefined }],
  ['003', 40, { pik, mak, tdk: undefined }],
  ['003', 40, { pik, mak: longMak, tdk: undefined }],
  ['004', 60, { pik, mak, tdk }],
  ['004', 60, { pik, mak: longMak, tdk }],
  ['006', 60, { pik, mak: longMak, tdk }],
] as const)('kind %s is %i bytes, and what was built is opened', (kind, bytes, keys) => {
  const block = sealWorkingKeys(kind, keys, masterOf(kind))
  expect(block).toHaveLength(bytes)
  expect(keyBlockBytes(kind)).toBe(bytes)
  expect(openWorkingKeys(kind, block, masterOf(kind))).toEqual({ kind: 'opened', keys })
})

test.each(['001', '003', '004', '006'] as const)('kind %s: every other length → length', (kind) => {
  for (let bytes = 0; bytes <= 105; bytes++) {
    if (bytes === keyBlockBytes(kind)) continue
    expect(openWorkingKeys(kind, new Uint8Array(bytes), masterOf(kind))).toEqual(refused('length'))
  }
})

test.each([mak, longMak])(
  'every bit of a block of kind 004 flipped → refused, a MAK of either size',
  (each) => {
    const block = sealWorkingKeys('004', { pik, mak: each, tdk }, tmk)
    for (let bit = 0; bit < 8 * block.length; bit++) {
      const flipped = block.slice()
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(openWorkingKeys('004', flipped, tmk), `bit ${bit}`).toEqual(refused('checkValue'))
    }
  },
)

test('under another TMK → checkValue', () => {
  const block = sealWorkingKeys('004', { pik, mak, tdk }, tmk)
  expect(openWorkingKeys('004', block, tdes(longMak))).toEqual(refused('checkValue'))
})

test('all four bytes of a check value count', () => {
  const block = hex(
    field(pik) + asHex(encryptEcb(tmk, mak)) + '0'.repeat(16) + asHex(checkValue(tdes(mak), 4)),
  )
  expect(openWorkingKeys('003', block, tmk).kind).toBe('opened')
  block[39] = (block[39] ?? 0) ^ 1
  expect(openWorkingKeys('003', block, tmk)).toEqual(refused('checkValue'))
})

test('weak keys with right check values → weakKey', () => {
  for (const weak of ['01'.repeat(8), '01FE01FE01FE01FE', '00'.repeat(8)]) {
    const both = asHex(mak) + weak
    expect(open('001', field(hex(weak)) + field(mak))).toEqual(refused('weakKey'))
    expect(open('001', field(mak) + field(hex(weak)))).toEqual(refused('weakKey'))
    expect(open('003', field(hex(both)) + field(longMak))).toEqual(refused('weakKey'))
  }
  const halves = hex(asHex(mak) + asHex(mak))
  expect(open('003', field(halves) + field(longMak))).toEqual(refused('weakKey'))
  expect(open('003', field(pik) + field(halves))).toEqual(refused('weakKey'))
})

test('one key for two usages, also with other parity → duplicateKey', () => {
  const other = pik.map((byte) => byte ^ 1)
  expect(open('003', field(pik) + field(pik))).toEqual(refused('duplicateKey'))
  expect(open('003', field(pik) + field(other))).toEqual(refused('duplicateKey'))
  expect(open('004', field(pik) + field(longMak) + field(pik))).toEqual(refused('duplicateKey'))
  expect(open('004', field(pik) + field(longMak) + field(longMak))).toEqual(refused('duplicateKey'))
})

test('keys come out with odd parity, whatever came in', () => {
  const even = (key: Uint8Array) => key.map((byte) => byte ^ 1)
  const block = field(even(pik)) + field(even(longMak)) + field(even(tdk))
  expect(open('004', block)).toEqual({ kind: 'opened', keys: { pik, mak: longMak, tdk } })
})

test('keys of the wrong size, or with no place → RangeError', () => {
  expect(() => sealWorkingKeys('001', { pik, mak, tdk: undefined }, tmk)).toThrow(RangeError)
  expect(() => sealWorkingKeys('003', { pik: mak, mak, tdk: undefined }, tmk)).toThrow(RangeError)
  expect(() => sealWorkingKeys('003', { pik, mak, tdk }, tmk)).toThrow(RangeError)
  expect(() => sealWorkingKeys('004', { pik, mak, tdk: undefined }, tmk)).toThrow(RangeError)
  expect(() => sealWorkingKeys('004', { pik, mak, tdk: mak }, tmk)).toThrow(RangeError)
})

test('random bytes of the right length → refused, never a throw', () => {
  fc.assert(
    fc.property(fc.constantFrom('001', '003', '004'), fc.infiniteStream(fc.nat(255)), (kind, stream) => {
      const bytes = Uint8Array.from([...stream.take(keyBlockBytes(kind))])
      expect(openWorkingKeys(kind, bytes, tmk)).toEqual(refused('checkValue'))
    }),
    { numRuns: 50 },
  )
})

const sm4Field = (key: Uint8Array) => asHex(encryptEcb(sm4Tmk, key)) + asHex(checkValue(sm4(key), 4))

test('kind 006: each key is one SM4 block under the SM4 master, with four bytes of its zero encryption; no parity', () => {
  const even = longMak.map((byte) => byte ^ 1)
  const block = sealWorkingKeys('006', { pik, mak: even, tdk }, sm4Tmk)
  expect(asHex(block)).toBe(sm4Field(pik) + sm4Field(even) + sm4Field(tdk))
  expect(openWorkingKeys('006', block, sm4Tmk)).toEqual({ kind: 'opened', keys: { pik, mak: even, tdk } })
})

test('kind 006: every bit flipped → checkValue; a cryptogram with a zero half is a whole key', () => {
  const block = sealWorkingKeys('006', { pik, mak: longMak, tdk }, sm4Tmk)
  for (let bit = 0; bit < 8 * block.length; bit++) {
    const flipped = block.slice()
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    expect(openWorkingKeys('006', flipped, sm4Tmk), `bit ${bit}`).toEqual(refused('checkValue'))
  }
  const half = sm4Tmk.decrypt(hex(`${asHex(mak)}${'00'.repeat(8)}`))
  const opened = openWorkingKeys('006', sealWorkingKeys('006', { pik, mak: half, tdk }, sm4Tmk), sm4Tmk)
  expect(opened).toEqual({ kind: 'opened', keys: { pik, mak: half, tdk } })
})

test('kind 006: a key of one byte sixteen times over → weakKey; one key twice → duplicateKey', () => {
  for (const byte of [0, 1, 0xff]) {
    const weak = new Uint8Array(16).fill(byte)
    const block = hex(sm4Field(pik) + sm4Field(weak) + sm4Field(tdk))
    expect(openWorkingKeys('006', block, sm4Tmk)).toEqual(refused('weakKey'))
  }
  const twice = hex(sm4Field(pik) + sm4Field(pik) + sm4Field(tdk))
  expect(openWorkingKeys('006', twice, sm4Tmk)).toEqual(refused('duplicateKey'))
})

test('a master of the other cipher → RangeError; which kind wants which, and which has a TDK', () => {
  expect(() => openWorkingKeys('006', new Uint8Array(60), tmk)).toThrow(RangeError)
  expect(() => openWorkingKeys('004', new Uint8Array(60), sm4Tmk)).toThrow(RangeError)
  expect(() => sealWorkingKeys('006', { pik, mak: longMak, tdk }, tmk)).toThrow(RangeError)
  expect(() => sealWorkingKeys('006', { pik, mak, tdk }, sm4Tmk)).toThrow(RangeError)
  const kinds = ['001', '003', '004', '006'] as const
  expect(kinds.map(kindAlgorithm)).toEqual(['TDES', 'TDES', 'TDES', 'SM4'])
  expect(kinds.map(kindHasTrackKey)).toEqual([false, false, true, true])
})
