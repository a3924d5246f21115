import { expect, it } from 'vitest'
import { memoryStore } from '../../../../host-link/host/memory-store.ts'
import { type ExportedKey, openExport } from '../../../../host-link/host/node/key-import.ts'
import { importKey } from '../../../../host-link/host/node/key-import-books.ts'
import { terminalUnder } from '../../../../host-link/host/provision.ts'
import { sealUnder } from '../../../../host-link/host/seal.ts'
import { wrapKey } from '../../../../keys/key-block/key-block.ts'
import { softKbpk } from '../../../../keys/key-block/protection-key.ts'
import { masterCheckValue } from '../../../../keys/load/master-block.ts'
import { parseProvision } from '../../../../scripts/provision.ts'
import { hex } from '../../../keys/vectors.ts'
import { SM4_PROFILE, WITH_SM4 } from '../../../rig/sm4.ts'
import { codeOf, makeRig, seeded, TestTerminal, trackOf } from '../rig.ts'

const KEY = '3F1D5A7C9E2B4D6F8091A2B3C4D5E6F7'
const ZMK = softKbpk('AES', hex('00112233445566778899AABBCCDDEEFF0F1E2D3C4B5A69788796A5B4C3D2E1F0'))
const AT = { date: '20261121', time: '220452' }
const provision = (profile = 'sm4') =>
  parseProvision(
    {
      terminal: {
        serial: 'SK1',
        terminalId: '10000001',
        merchantId: '898320153110001',
        merchantName: '示例',
      },
      host: { tpdu: '6000030000', profile, keySlot: 1 },
    },
    'f',
    WITH_SM4,
  )

/** One key as a station exports it. */
function exported(algorithm: 'TDES' | 'SM4'): ExportedKey {
  const header = {
    ...({ version: 'D', usage: 'K0', algorithm: algorithm === 'SM4' ? '4' : 'T', mode: 'E' } as const),
    ...({
      keyVersion: '01',
      exportability: 'N',
      context: '0',
      optional: [{ id: 'LB', data: 'SK1/1' }],
    } as const),
  }
  return {
    ...({
      serial: 'SK1',
      terminalId: '10000001',
      slot: 1,
      algorithm,
      keyVersion: '01',
      state: 'loaded',
      transaction: '0102030405060708',
      at: AT,
    } as const),
    checkValue: Buffer.from(masterCheckValue(algorithm, hex(KEY)))
      .toString('hex')
      .toUpperCase(),
    keyBlock: wrapKey(ZMK, header, hex(KEY), seeded(3)),
  }
}

it('an SM4 master key of a station is imported for a terminal whose profile signs on with 006; it signs on under it', async () => {
  const provisions = [provision()]
  const opened = openExport(ZMK, [exported('SM4')], provisions, WITH_SM4)
  if (opened.kind !== 'opened') expect.fail(opened.faults.join())
  const store = memoryStore()
  const seal = sealUnder(new Uint8Array(32).fill(7), seeded(9))
  const [key] = opened.keys
  if (!key) expect.fail('one key')
  await store.transact((books) => {
    const { verdict, posting } = importKey(seal, key, books, { record: [], by: 'wu', at: AT })
    return { ...(posting && { posting }), result: verdict }
  })
  expect(await store.masterKeys()).toMatchObject([{ current: { algorithm: 'SM4', source: 'station' } }])

  const terminal = terminalUnder(SM4_PROFILE, provision())
  const { host } = makeRig({ store, terminals: [terminal] })
  const client = new TestTerminal(host, { ...terminal, masterKey: hex(KEY) }, 'cup')
  expect((await client.signOn('006'))[39]).toBe('00')
  expect(await codeOf(client, client.saleMessage({ track: trackOf('signs'), pin: undefined }))).toBe('00')
  expect((await client.ask(client.signOnMessage('003'))).fields[39]).toBe('12')
})

it('a key of the other cipher than the profile’s → refused by name, in both directions', () => {
  for (const [algorithm, profile] of [
    ['TDES', 'sm4'],
    ['SM4', 'mall'],
  ] as const)
    expect(openExport(ZMK, [exported(algorithm)], [provision(profile)], WITH_SM4)).toEqual({
      kind: 'refused',
      faults: [`SK1, slot 1: a ${algorithm} key, and its profile signs on with another cipher`],
    })
})

it('a provisioning file with an SM4 key: taken under an SM4 profile and in a slot that is not the host’s, else refused', () => {
  const sm4 = {
    slot: 1,
    usage: 'TMK',
    algorithm: 'SM4',
    key: '0123456789ABCDEFFEDCBA9876543210',
    kcv: '2677F4',
  }
  const tdes = { ...sm4, algorithm: 'TDES', kcv: '08D7B4' }
  const file = (profile: string, ...keys: object[]) => ({
    terminal: { serial: 'SK1', terminalId: '10000001', merchantId: '898320153110001', merchantName: '示例' },
    keys,
    host: { tpdu: '6000030000', profile },
  })
  expect(terminalUnder(SM4_PROFILE, parseProvision(file('sm4', sm4), 'f', WITH_SM4))).toMatchObject({
    masterAlgorithm: 'SM4',
    masterKey: hex(sm4.key),
  })
  expect(parseProvision(file('mall', tdes, { ...sm4, slot: 2 }), 'f').keys).toHaveLength(2)
  expect(() => parseProvision(file('mall', sm4), 'f')).toThrow(
    /keys\[0\]\.algorithm.*profile mall signs on with TDES/,
  )
  expect(() => parseProvision(file('sm4', tdes), 'f', WITH_SM4)).toThrow(/profile sm4 signs on with SM4/)
})
