import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { wrapKey } from '../../../keys/key-block/key-block.ts'
import { softKbpk } from '../../../keys/key-block/protection-key.ts'
import { masterCheckValue, normalMasterKey, openMaster, wrapMaster } from '../../../keys/load/master-block.ts'
import { keyProof } from '../../../keys/load/proof.ts'
import { kcv, STAGED, sm4Kcv } from '../store/loaded.ts'
import { ascii, hex } from '../vectors.ts'
import { source } from './rig.ts'

const exportKey = source(1)(32)
const key = hex(STAGED)
const wrapped = (algorithm: 'TDES' | 'SM4', keyVersion = '07') =>
  wrapMaster(exportKey, { algorithm, bytes: key, keyVersion }, source(2))

test.each(['TDES', 'SM4'] as const)(
  'a %s master comes out of its block with its version, and only under the key of the session',
  (algorithm) => {
    expect(openMaster(exportKey, wrapped(algorithm))).toEqual({ algorithm, bytes: key, keyVersion: '07' })
    expect(openMaster(source(9)(32), wrapped(algorithm))).toBeUndefined()
  },
)

test('every character of the block changed, and every truncation → nothing', () => {
  const block = wrapped('TDES')
  for (let at = 0; at < block.length; at++) {
    const other = block[at] === '0' ? '1' : '0'
    expect(
      openMaster(exportKey, block.slice(0, at) + other + block.slice(at + 1)),
      `character ${at}`,
    ).toBeUndefined()
    expect(openMaster(exportKey, block.slice(0, at))).toBeUndefined()
  }
})

const header = {
  version: 'D',
  usage: 'K0',
  algorithm: 'T',
  mode: 'D',
  keyVersion: '00',
  exportability: 'N',
  context: '0',
  optional: [],
} as const
// biome-ignore format: one row a block; each is whole and genuine
test.each<[string, Parameters<typeof wrapKey>[1], Uint8Array]>([
  ['for a PIN key',            { ...header, usage: 'P0', mode: 'E' },           key],
  ['for a KBPK',               { ...header, usage: 'K1' },                      key],
  ['to encrypt as well',       { ...header, mode: 'B' },                        key],
  ['that may be exported',     { ...header, exportability: 'E' },               key],
  ['that is a component',      { ...header, keyVersion: 'c1' },                 key],
  ['for AES',                  { ...header, algorithm: 'A' },                   key],
  ['of 24 bytes',              header,                                          source(3)(24)],
])('a block %s → nothing', (_, other, bytes) => {
  expect(openMaster(exportKey, wrapKey(softKbpk('AES', exportKey), header, key, source(4)))).toBeDefined()
  expect(openMaster(exportKey, wrapKey(softKbpk('AES', exportKey), other, bytes, source(4)))).toBeUndefined()
})

test('the check value of a master is three bytes of its zero encryption under either cipher', () => {
  expect(masterCheckValue('TDES', key)).toEqual(kcv(STAGED).slice(0, 3))
  expect(masterCheckValue('SM4', key)).toEqual(sm4Kcv(STAGED).slice(0, 3))
})

test('parity games: keys that differ in parity bits are one TDES key and two SM4 keys', () => {
  const other = key.map((byte) => byte ^ 1)
  expect(normalMasterKey('TDES', other)).toEqual(normalMasterKey('TDES', key))
  expect(normalMasterKey('SM4', other)).toEqual(other)
})

test('the proof is HMAC-SHA-256 over domain, transaction and handshake, 16 bytes', () => {
  const [transaction, hash] = [source(5)(8), source(6)(64)]
  const hmac = createHmac('sha256', key).update(ascii('shuaka key proof 1')).update(transaction).update(hash)
  expect(keyProof(key, transaction, hash)).toEqual(Uint8Array.from(hmac.digest().subarray(0, 16)))
})
