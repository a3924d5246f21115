import { expect, test } from 'vitest'
import { parseProvisioningKey } from '../../keys/provisioning-key.ts'
import { hex } from './vectors.ts'

const entry = {
  slot: 1,
  usage: 'TMK',
  algorithm: 'TDES',
  key: '0123456789ABCDEFFEDCBA9876543210',
  kcv: '08D7B4',
}

test('an entry gives slot, key and check value; hex of either case; 6 or 8 digits of check value', () => {
  const parsed = { ...entry, key: hex(entry.key), kcv: hex('08D7B4') }
  expect(parseProvisioningKey(entry)).toEqual({ kind: 'key', key: parsed })
  expect(parseProvisioningKey({ ...entry, key: entry.key.toLowerCase() })).toEqual({
    kind: 'key',
    key: parsed,
  })
  expect(parseProvisioningKey({ ...entry, kcv: '08d7b4fb' })).toEqual({
    kind: 'key',
    key: { ...parsed, kcv: hex('08D7B4FB') },
  })
})

test('an SM4 key is checked by SM4, GB/T 32907: 3 or 4 bytes of E(0)', () => {
  for (const kcv of ['2677F4', '2677F46B'])
    expect(parseProvisioningKey({ ...entry, algorithm: 'SM4', kcv })).toEqual({
      kind: 'key',
      key: { ...entry, algorithm: 'SM4', key: hex(entry.key), kcv: hex(kcv) },
    })
  // Equal halves are a weak TDES key, and none of SM4's.
  const halves = { ...entry, algorithm: 'SM4', key: '0123456789ABCDEF'.repeat(2), kcv: '808708AA' }
  expect(parseProvisioningKey(halves).kind).toBe('key')
})

// biome-ignore format: one row a fault
test.each<[string, unknown, string]>([
  ['nothing',               null,                                  'is not an object'],
  ['a list',                [entry],                               'is not an object'],
  ['text',                  'TMK',                                 'is not an object'],
  ['another property',      { ...entry, keys: 1 },                 '"keys" is not a property of a key'],
  ['no slot',               { ...entry, slot: undefined },         '"slot" must be a whole number from 0 to 9'],
  ['slot 10',               { ...entry, slot: 10 },                '"slot" must be a whole number from 0 to 9'],
  ['slot -1',               { ...entry, slot: -1 },                '"slot" must be a whole number from 0 to 9'],
  ['slot 1.5',              { ...entry, slot: 1.5 },               '"slot" must be a whole number from 0 to 9'],
  ['slot as text',          { ...entry, slot: '1' },               '"slot" must be a whole number from 0 to 9'],
  ['another usage',         { ...entry, usage: 'PIK' },            '"usage" must be "TMK"'],
  ['another algorithm',     { ...entry, algorithm: 'AES' },        '"algorithm" must be "TDES" or "SM4"'],
  ['SM4 with a kcv of TDES', { ...entry, algorithm: 'SM4' },        'the check value "kcv" does not belong to "key"'],
  ['a weak SM4 key',        { ...entry, algorithm: 'SM4', key: '0'.repeat(32), kcv: '9F1F7B' }, '"key" is a weak SM4 key'],
  ['a short key',           { ...entry, key: entry.key.slice(2) }, '"key" must be 32 hex digits'],
  ['a long key',            { ...entry, key: `${entry.key}00` },   '"key" must be 32 hex digits'],
  ['a key that is no hex',  { ...entry, key: 'x'.repeat(32) },     '"key" must be 32 hex digits'],
  ['a key that is no text', { ...entry, key: 1 },                  '"key" must be 32 hex digits'],
  ['7 digits of kcv',       { ...entry, kcv: '08D7B4F' },          '"kcv" must be 6 or 8 hex digits'],
  ['no kcv',                { ...entry, kcv: undefined },          '"kcv" must be 6 or 8 hex digits'],
  ['a wrong kcv',           { ...entry, kcv: '08D7B5' },           'the check value "kcv" does not belong to "key"'],
  ['a wrong fourth byte',   { ...entry, kcv: '08D7B4FA' },         'the check value "kcv" does not belong to "key"'],
  ['a weak key',            { ...entry, key: '0'.repeat(32), kcv: '8CA64D' }, '"key" is a weak DES key'],
  ['equal halves',          { ...entry, key: '0123456789ABCDEF'.repeat(2), kcv: 'D5D44F' }, '"key" is a weak DES key'],
])('%s → refused, named in words', (_, bad, why) => {
  expect(parseProvisioningKey(bad)).toEqual({ kind: 'refused', why })
})

test('no refusal repeats the key', () => {
  for (const bad of [
    { ...entry, kcv: '000000' },
    { ...entry, key: `${entry.key}0` },
    { ...entry, slot: 11 },
  ]) {
    expect(JSON.stringify(parseProvisioningKey(bad))).not.toContain(entry.key.slice(0, 8))
  }
})
