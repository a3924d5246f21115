import { describe, expect, test } from 'vitest'
import { HostKeys } from '../../../keys/host-keys.ts'
import type { KeyBlockHeader } from '../../../keys/key-block/header.ts'
import { wrapKey } from '../../../keys/key-block/key-block.ts'
import { softKbpk } from '../../../keys/key-block/protection-key.ts'
import { type GiverBook, makeGiver, type Offer } from '../../../keys/load/giver.ts'
import { encodeLoadMessage } from '../../../keys/load/message.ts'
import { bytesFrom, hostEnd, talk, terminalEnd } from '../../rig/channel.ts'
import { fresh, readyStation, row, stateOf, stations, TestTerminal, tcpLine } from '../station/rig.ts'
import { STAGED, TMK } from '../store/loaded.ts'
import { asHex, hex } from '../vectors.ts'

// The attacker has the random source, or it is broken.

const use = stations()
type Source = (length: number) => Uint8Array

/** Ways in which a source gives nothing that is random. */
const broken: { readonly [what: string]: Source } = {
  zeros: (length) => new Uint8Array(length),
  'one byte over and over': (length) => new Uint8Array(length).fill(0xa5),
  'too little': (length) => bytesFrom(1, Math.max(0, length - 1)),
  nothing: () => new Uint8Array(0),
}

describe('A23 random source', () => {
  test('A23 random source of a station: broken in each way, or a key that was given before → notNow or random, no key sent, the terminal stays expected', async () => {
    for (const [what, source] of Object.entries(broken)) {
      let good = true
      const station = await use.open(use.folder(), {
        random: (length) => (good ? fresh(length) : source(length)),
      })
      const { issue } = await readyStation(station, [row('SN1')])
      const dial = await tcpLine(station)
      good = false
      const over = await new TestTerminal('SN1', issue('terminal', 'SN1')).inject(dial)
      expect(over.kind, what).not.toBe('loaded')
      expect(stateOf(station, 'SN1')?.state, what).toBe('expected')
      expect(station.developmentIdentity('S'), what).toEqual({ kind: 'refused', why: 'random' })
    }
  })

  test('A23 random source of a station: a key of another terminal once more → refused, that terminal gets none', async () => {
    const same = fresh(64)
    let repeats = false
    const random = (length: number) => (repeats && length === 16 ? same.slice(0, 16) : fresh(length))
    const station = await use.open(use.folder(), { random })
    const { issue } = await readyStation(station, [row('SN1'), row('SN2')])
    const dial = await tcpLine(station)
    repeats = true
    expect((await new TestTerminal('SN1', issue('terminal', 'SN1')).inject(dial)).kind).toBe('loaded')
    const second = await new TestTerminal('SN2', issue('terminal', 'SN2')).inject(dial)
    expect(second).toMatchObject({ kind: 'refused', code: 'notNow' })
    expect(stateOf(station, 'SN2')?.state).toBe('expected')
  })

  test('A23 random source of a host: zeros, one byte, too little, the keys in use → random, no sign-on block, the old keys stay', () => {
    for (const [what, source] of Object.entries(broken)) {
      const created = HostKeys.create(hex(TMK))
      if (created.kind !== 'ok') throw new Error(created.why)
      const { keys } = created
      expect(keys.renew('003', (length) => bytesFrom(length + 3, length)).kind).toBe('ok')
      const before = asHex(keys.serialize())
      expect(keys.renew('003', source), what).toEqual({ kind: 'refused', why: 'random' })
      expect(asHex(keys.serialize()), what).toBe(before)
    }
  })

  test('A23 random source of a key block: zeros or too little → RangeError that tells no key, no block', () => {
    const kbpk = softKbpk('AES', bytesFrom(1, 32))
    const header = {
      ...{
        version: 'D',
        usage: 'K0',
        algorithm: 'T',
        mode: 'D',
        keyVersion: '00',
        exportability: 'N',
        context: '0',
      },
      optional: [],
    } as KeyBlockHeader
    for (const what of ['zeros', 'too little', 'nothing'])
      expect(() => wrapKey(kbpk, header, hex(STAGED), broken[what] ?? fresh), what).toThrow(
        /random source failed/,
      )
  })

  test('A23 random source of a giver: broken → the session ends, no key is sent', async () => {
    const state = encodeLoadMessage({ kind: 'state', slots: [] })
    for (const what of ['zeros', 'too little', 'nothing']) {
      const book: GiverBook = {
        open: async () =>
          ({
            ...{ kind: 'load', transaction: bytesFrom(1, 8), slot: 1, algorithm: 'TDES', keyVersion: '01' },
            key: hex(STAGED),
          }) as Offer,
        ...{ proven: async () => undefined, confirmed: async () => undefined, failed: async () => undefined },
      }
      const session = { handshakeHash: bytesFrom(1, 64), exportKey: bytesFrom(2, 32) }
      await expect(
        makeGiver(session, 'SN1', book, broken[what] ?? fresh).receive(state),
        what,
      ).rejects.toThrow(RangeError)
    }
  })

  test('A23 random source of a channel: broken in each way at either end → no session', () => {
    for (const [what, random] of Object.entries(broken)) {
      for (const ends of [
        () => [terminalEnd({ random }), hostEnd()] as const,
        () => [terminalEnd(), hostEnd({ random })] as const,
      ]) {
        let sessions = 0
        try {
          const [terminal, host] = ends()
          talk(terminal, host)
          sessions = [terminal.session, host.session].filter((session) => session !== undefined).length
        } catch {
          continue // the end says so to whoever made it
        }
        expect(sessions, what).toBe(0)
      }
    }
  })
})
