import { describe, expect, test } from 'vitest'
import { cipherOf } from '../../../keys/cipher.ts'
import { fromHex } from '../../../keys/hex.ts'
import { macOf } from '../../../keys/mac.ts'
import { sealWorkingKeys } from '../../../keys/working-keys.ts'
import { keyBlocks, TEST_MASTER_KEY } from '../../../terminal/device/conformance/keys.ts'
import { call, MASTERS, pattern } from './secure-acts.ts'
import { same, start } from './secure-same.ts'

const K1 = '1122334455667788990011223344556A'
const K2 = '2233445566778899AABBCCDDEEFF0011'
const K3 = '33445566778899AABBCCDDEEFF001122'
const K4 = '8899AABBCCDDEEFF0011223344556677'
const K5 = '76543210FEDCBA98CAFEBABEDEADBEEF'

const block = fromHex(keyBlocks['004'])

describe('rules of keys in the native secure element', () => {
  test('33 blocks: the last 32 are replayed, the first is taken again', async () => {
    const pair = await start()
    const master = cipherOf('TDES', fromHex(TEST_MASTER_KEY))
    const blocks = Array.from({ length: 33 }, (_, at) => {
      const key = (salt: number) =>
        Uint8Array.from({ length: 16 }, (_, i) => 2 * (11 * i + 3 * at + salt) + 16 * (i % 3))
      return sealWorkingKeys('003', { pik: key(1), mak: key(90), tdk: undefined }, master)
    })
    const load = (at: number) => same(pair, call('loadWorkingKeys', 1, '003', blocks[at]))
    for (let at = 0; at < 33; at++)
      expect((await load(at)).results[0]?.[1]).toMatchObject({ kind: 'loaded', version: at + 1 })
    for (const at of [1, 31]) expect((await load(at)).results[0]?.[1]).toEqual({ kind: 'replayed' })
    await same(pair, { kind: 'restart' })
    expect((await load(0)).results[0]?.[1]).toMatchObject({ kind: 'loaded', version: 34 })
    expect((await load(1)).results[0]?.[1]).toMatchObject({ kind: 'loaded', version: 35 })
  })

  test('blocks that are refused, one for each reason, and what is taken of them', async () => {
    const pair = await start()
    const hex = (text: string): Uint8Array => fromHex(text)
    const [one, two, three, four] = [K1, K2, K3, K4].map(hex) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ]
    const parity = (key: Uint8Array): Uint8Array => key.map((byte) => byte ^ 1)
    const sealedBy = (master: string, pik: Uint8Array, mak: Uint8Array, tdk?: Uint8Array): Uint8Array =>
      sealWorkingKeys(tdk ? '004' : '003', { pik, mak, tdk }, cipherOf('TDES', hex(master)))
    const under = (...keys: [Uint8Array, Uint8Array, Uint8Array?]) => sealedBy(TEST_MASTER_KEY, ...keys)
    const swapped = under(one, two)
    const halves = [swapped.slice(0, 20), swapped.slice(20)]
    const rows: readonly (readonly [string, string, unknown, Uint8Array, number?])[] = [
      ['two keys', '003', { kind: 'loaded', version: 1 }, under(one, two)],
      ['the same again', '003', { kind: 'loaded', version: 1 }, under(one, two)],
      ['PIK and MAK one key', '003', { kind: 'weakKey' }, under(three, three)],
      ['TDK and PIK one key', '004', { kind: 'weakKey' }, under(three, four, three)],
      ['TDK and MAK one key', '004', { kind: 'weakKey' }, under(three, four, four)],
      ['the same keys in other places', '003', { kind: 'weakKey' }, under(parity(two), parity(one))],
      ['a key that is a master', '003', { kind: 'weakKey' }, under(hex(MASTERS[1]?.key ?? ''), three)],
      [
        'two equal halves',
        '003',
        { kind: 'weakKey' },
        under(hex(`${K1.slice(0, 16)}${K1.slice(0, 16)}`), three),
      ],
      [
        'a semi-weak half',
        '003',
        { kind: 'weakKey' },
        under(three, hex(`${K1.slice(0, 16)}1FE01FE00EF10EF1`)),
      ],
      ['another length', '003', { kind: 'wrongLength' }, under(three, four, one)],
      ['another cipher', '006', { kind: 'wrongLength' }, under(three, four, one)],
      ['a master that is not it', '003', { kind: 'wrongCheckValue' }, under(three, four), 2],
      [
        'the fourth byte of a check value',
        '003',
        { kind: 'wrongCheckValue' },
        under(three, four).map((byte, at) => (at === 39 ? byte ^ 1 : byte)),
      ],
      [
        'single DES in sixteen bytes',
        '003',
        { kind: 'loaded', version: 2 },
        under(three, hex('99AABBCCDDEEFF00')),
      ],
      [
        'the MAK of last time',
        '003',
        { kind: 'weakKey' },
        under(
          one,
          hex(K2).map((byte) => byte ^ 1),
        ),
      ],
      ['an earlier block', '003', { kind: 'replayed' }, under(one, two)],
      [
        'an earlier block, its halves the other way round',
        '003',
        { kind: 'replayed' },
        Uint8Array.of(...(halves[1] ?? []), ...(halves[0] ?? [])),
      ],
      [
        'three keys',
        '004',
        { kind: 'loaded', version: 3 },
        under(four, hex('00112233445566778899AABBCCDDEEF1'), hex(K5)),
      ],
      [
        'a block of old with its keys elsewhere',
        '003',
        { kind: 'replayed' },
        Uint8Array.of(...(halves[1] ?? []), ...(halves[0] ?? [])),
      ],
      [
        'a key of slot 1 in slot 2',
        '003',
        { kind: 'weakKey' },
        sealedBy(MASTERS[1]?.key ?? '', three, hex(K5)),
        2,
      ],
      ['a slot without a master', '003', { kind: 'noKey' }, under(three, four), 5],
    ]
    for (const [what, kind, wanted, given, slot = 1] of rows)
      expect((await same(pair, call('loadWorkingKeys', slot, kind, given))).results[0]?.[1], what).toEqual(
        wanted,
      )
    await same(pair, call('slot', 1))
  })

  test('a proof by another MAK, of a byte too few, or over more than 4096 → wrongProof; a right one → loaded, and for that algorithm alone', async () => {
    const pair = await start()
    const keys = { pik: fromHex(K1), mak: fromHex(K2), tdk: undefined }
    const given = sealWorkingKeys('003', keys, cipherOf('TDES', fromHex(TEST_MASTER_KEY)))
    const load = async (bytes: Uint8Array, mac: Uint8Array) => {
      const shown = await same(
        pair,
        call('loadWorkingKeys', 1, '003', given, { algorithm: 'cmac', bytes, mac }),
      )
      return shown.results[0]?.[1]
    }
    const right = macOf('cmac', keys.mak, pattern(8))
    expect(await load(pattern(8), macOf('cmac', keys.pik, pattern(8)))).toEqual({ kind: 'wrongProof' })
    expect(await load(pattern(8), right.slice(0, 7))).toEqual({ kind: 'wrongProof' })
    expect(await load(pattern(4097), macOf('cmac', keys.mak, pattern(4097)))).toEqual({ kind: 'wrongProof' })
    expect(await load(pattern(8), right)).toEqual({ kind: 'loaded', version: 1 })
    expect((await same(pair, call('mac', 1, 'cbc-mac', pattern(20)))).results[0]?.[1]).toEqual({
      kind: 'noKey',
    })
  })

  test('what would give a whole check value: one block under x9.9, x9.19 and cbc-mac, a track of zeros → noKey', async () => {
    const pair = await start()
    await same(pair, call('loadWorkingKeys', 1, '004', block))
    for (const [algorithm, length, kind] of [
      ...([
        ['x9.19', 8, 'noKey'],
        ['x9.19', 9, 'mac'],
        ['cbc-mac', 8, 'noKey'],
        ['cbc-mac', 0, 'noKey'],
      ] as const),
      ...([
        ['cmac', 0, 'mac'],
        ['cup-ecb', 0, 'mac'],
        ['x9.9', 9, 'noKey'],
      ] as const),
    ])
      expect((await same(pair, call('mac', 1, algorithm, pattern(length)))).results[0]?.[1]).toMatchObject({
        kind,
      })
    for (const [track, kind] of [
      ['0'.repeat(17), 'noKey'],
      [`5${'0'.repeat(18)}`, 'noKey'],
      [`${'0'.repeat(16)}10`, 'noKey'],
      [`${'0'.repeat(15)}100`, 'track'],
    ] as const)
      expect((await same(pair, call('encryptTrack', 1, track))).results[0]?.[1], track).toMatchObject({
        kind,
      })
  })

  test('a floor: as high or higher → raised, lower → stays, another scope → anew; over a restart', async () => {
    const pair = await start()
    const floor = async () => (await same(pair, call('floor', 3, pattern(4)))).results[0]?.[1]
    for (const [value, wanted] of [
      [5, 5],
      [9, 9],
      [4, 9],
      [2 ** 48 - 1, 2 ** 48 - 1],
      [7, 2 ** 48 - 1],
    ] as const) {
      await same(pair, call('raiseFloor', 3, value, pattern(4)))
      expect(await floor()).toBe(wanted)
    }
    await same(pair, { kind: 'restart' })
    expect(await floor()).toBe(2 ** 48 - 1)
    await same(pair, call('raiseFloor', 3, 1, fromHex('00000009')))
    expect(await floor()).toBe(0)
  })

  test('P13: the previous MAK until the first MAC under the new one, also over a restart, and never for another algorithm', async () => {
    const pair = await start()
    const master = cipherOf('TDES', fromHex(TEST_MASTER_KEY))
    const data = pattern(20)
    const load = (pik: string, mak: string, proved: boolean) => {
      const keys = { pik: fromHex(pik), mak: fromHex(mak), tdk: undefined }
      const proof = { algorithm: 'x9.19', bytes: data, mac: macOf('x9.19', keys.mak, data) }
      return same(
        pair,
        call('loadWorkingKeys', 1, '003', sealWorkingKeys('003', keys, master), ...(proved ? [proof] : [])),
      )
    }
    const verify = async (mak: string, algorithm: 'x9.19' | 'cmac') => {
      const mac = macOf(algorithm, fromHex(mak), data)
      return (await same(pair, call('verifyMac', 1, algorithm, data, mac))).results[0]?.[1]
    }
    await load(K1, K2, true)
    await load(K3, K4, false)
    await same(pair, { kind: 'restart' })
    expect(await verify(K2, 'cmac')).toBe(false)
    expect(await verify(K2, 'x9.19')).toBe(true)
    expect(await verify(K2, 'x9.19')).toBe(true)
    expect(await verify(K4, 'cmac')).toBe(true)
    expect(await verify(K2, 'x9.19')).toBe(false)
    await same(pair, { kind: 'restart' })
    expect(await verify(K2, 'x9.19')).toBe(false)
    expect(await verify(K4, 'x9.19')).toBe(true)
  })
})
