import { describe, expect, it } from 'vitest'
import type { HostOptions } from '../../../host-link/host/host.ts'
import type { Dialect } from '../../../host-link/wire/message.ts'
import type { AcquirerProfile } from '../../../host-link/wire/profile.ts'
import { profileNamed } from '../../../host-link/wire/profile.ts'
import { cipherOf } from '../../../keys/cipher.ts'
import { encryptTrack } from '../../../keys/track.ts'
import { SM4_PROFILE } from '../../rig/sm4.ts'
import { balanceOf, codeOf, makeRig, PIN, terminalNumbered, trackOf } from './rig.ts'

const sm4 = (profile: AcquirerProfile = SM4_PROFILE) =>
  terminalNumbered('10000001', { profile, masterAlgorithm: 'SM4' })
const rigOf = (more: Partial<HostOptions> = {}) => makeRig({ terminals: [sm4()], ...more })
/** Of a card without PIN. */
const SIGNED = { track: trackOf('signs'), pin: undefined }

async function ready(dialect: Dialect = 'cup') {
  const rig = rigOf()
  const terminal = rig.terminal('10000001', dialect)
  await terminal.signOn('006')
  return { rig, terminal }
}

describe('sign-on 006 国密 at the host', () => {
  it.each(['cup', 'cbor'] as const)(
    '%s: a key block of 60 bytes, and what is signed under it is right both ways',
    async (dialect) => {
      const rig = rigOf()
      const terminal = rig.terminal('10000001', dialect)
      const fields = await terminal.signOn('006')
      expect([fields[39], fields[60]]).toEqual(['00', '00000001006'])
      expect(fields[62]).toHaveLength(60)
      const [frame = new Uint8Array()] = await terminal.exchange(terminal.saleMessage(SIGNED))
      expect(terminal.opened(frame)).toMatchObject({ macRight: true, message: { fields: { 39: '00' } } })
      expect(await balanceOf(rig, 'signs')).toBe(1_000_000 - 8880)
      expect(await codeOf(terminal, terminal.settlementMessage(8880, 1))).toBe('00')
      expect(rig.host.alarms()).toEqual({})
    },
  )

  it.each(['001', '003', '004'])('kind %s under an SM4 profile → 12, and the SM4 keys stay', async (kind) => {
    const { terminal } = await ready()
    const asked = terminal.signOnMessage('006', { 60: `00000001${kind}` })
    const { fields } = await terminal.ask(asked)
    expect([fields[39], 62 in fields]).toEqual(['12', false])
    expect(await codeOf(terminal, terminal.saleMessage(SIGNED))).toBe('00')
  })

  it('kind 006 under a TDES profile → 12, also where its master key is SM4; a TDES master under an SM4 profile → 12', async () => {
    for (const terminal of [
      terminalNumbered('10000001'),
      sm4(profileNamed('mall')),
      terminalNumbered('10000001', { profile: SM4_PROFILE }),
    ]) {
      const fields = await makeRig({ terminals: [terminal] })
        .terminal()
        .signOn('006')
      expect([fields[39], 62 in fields]).toEqual(['12', false])
    }
    const fields = await makeRig({ terminals: [sm4(profileNamed('mall'))] })
      .terminal()
      .signOn('003')
    expect(fields[39]).toBe('12')
  })

  it('a profile that wants a MAC which SM4 does not make → 12, never a crash', async () => {
    const profile = { ...SM4_PROFILE, mac: { cup: 'x9.19', cbor: 'cmac' } } as const
    const rig = rigOf({ terminals: [sm4(profile)] })
    expect((await rig.terminal().signOn('006'))[39]).toBe('12')
    expect((await rig.terminal('10000001', 'cbor').signOn('006'))[39]).toBe('00')
    expect(rig.host.alarms()).toEqual({})
  })

  it('a MAK that was made for one dialect → A0 in the other, though it has the size for both', async () => {
    for (const [made, other] of [
      ['cbor', 'cup'],
      ['cup', 'cbor'],
    ] as const) {
      const { rig, terminal } = await ready(made)
      const thief = rig.terminal('10000001', other)
      Object.assign(thief, { keys: terminal.keys, cipher: 'SM4', trace: terminal.trace })
      expect(await codeOf(thief, thief.saleMessage(SIGNED))).toBe('A0')
      const restarted = rig.restarted().terminal('10000001', other)
      Object.assign(restarted, { keys: terminal.keys, cipher: 'SM4', trace: terminal.trace })
      expect(await codeOf(restarted, restarted.saleMessage(SIGNED))).toBe('A0')
      expect(await codeOf(terminal, terminal.saleMessage(SIGNED))).toBe('00')
    }
  })

  it('a profile that turned to SM4 → what comes under TDES keys of before is A0', async () => {
    const rig = makeRig({ terminals: [terminalNumbered('10000001')] })
    const terminal = rig.terminal('10000001', 'cbor') // a MAK of 16 bytes under either cipher
    await terminal.signOn('004')
    expect(await codeOf(terminal, terminal.saleMessage(SIGNED))).toBe('00')
    const turned = terminalNumbered('10000001', { profile: SM4_PROFILE })
    const now = makeRig({ store: rig.store, terminals: [turned] }).terminal('10000001', 'cbor')
    Object.assign(now, { keys: terminal.keys, trace: terminal.trace })
    expect(await codeOf(now, now.saleMessage(SIGNED))).toBe('A0')
  })
})

describe('card data under SM4 at the host', () => {
  it('a track under the TDK is read', async () => {
    const { rig, terminal } = await ready()
    const tdk = terminal.keys?.tdk ?? new Uint8Array(16)
    const track = encryptTrack(cipherOf('SM4', tdk), trackOf('signs'))
    const sale = terminal.saleMessage({ ...SIGNED, more: { 35: track, 53: '0310000000000000' } })
    expect(await codeOf(terminal, sale)).toBe('00')
    expect(await balanceOf(rig, 'signs')).toBe(1_000_000 - 8880)
  })

  it('a block in field 52 → 99 and no try is counted, also for a PIN change; none → 55', async () => {
    const { rig, terminal } = await ready()
    for (let count = 0; count < 4; count++)
      expect(await codeOf(terminal, terminal.saleMessage({ pin: PIN }))).toBe('99')
    expect(await codeOf(terminal, terminal.saleMessage({ pin: undefined }))).toBe('55')
    const { fields } = terminal.balanceMessage({ pin: PIN })
    const block = terminal.pinBlock(PIN, String(fields[35]).split('D')[0] ?? '')
    const change = terminal.signed({
      mti: '0100',
      fields: { ...fields, 3: '311000', 25: '00', 60: '76000001000', 62: block },
    })
    expect(await codeOf(terminal, change)).toBe('99')
    expect(await rig.books((books) => books.account('bank'))).toMatchObject({ wrongPins: 0 })
    expect((await rig.books((books) => books.account('bank')))?.sealedPin).toBeUndefined()
  })
})
