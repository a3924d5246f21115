import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Certificate } from '../../../host-link/channel/certificate.ts'
import {
  CHANNEL_FAULT,
  type ChannelEnd,
  type Credential,
  FRAME_BYTES_MAX,
  PAYLOAD_BYTES_MAX,
} from '../../../host-link/channel/channel-end.ts'
import { helloBytes } from '../../../host-link/channel/hello.ts'
import {
  bytesFrom,
  credentialOf,
  HOST_ID,
  hostCredential,
  hostEnd,
  joinedEnds,
  otherRoot,
  randomFrom,
  root,
  SERIAL,
  stationEnd,
  TODAY,
  talk,
  terminalEnd,
} from '../../rig/channel.ts'

const joined = (parts: readonly Uint8Array[]) => Uint8Array.from(Buffer.concat(parts))
const pattern = (length: number) => bytesFrom(77, length)

/** No session at this end, or one that is over; nothing can be said through it. */
function isShut(end: ChannelEnd): void {
  expect(end.session).toBeUndefined()
  expect(() => end.seal(Uint8Array.of(1))).toThrow('channel')
}

test('hello, three messages and the confirmation → both ends know each other, one hash and one exported key', () => {
  const { terminal, peer, parts } = joinedEnds()
  expect(terminal.session?.peer).toMatchObject({ id: HOST_ID, role: 'host' })
  expect(peer.session?.peer).toMatchObject({ id: SERIAL, role: 'terminal' })
  expect(peer.session?.peer.certificateSerial).toHaveLength(8)
  expect(terminal.session?.handshakeHash).toEqual(peer.session?.handshakeHash)
  expect(terminal.session?.exportKey).toEqual(peer.session?.exportKey)
  expect(terminal.session?.exportKey).toHaveLength(32)
  expect(parts.map(({ from }) => from)).toEqual(['terminal', 'peer', 'terminal', 'peer'])
})

test('a terminal that does not know the peer’s id → asks, and binds what it was told', () => {
  const terminal = terminalEnd({ purpose: 'inject', peerId: '' })
  const { peer } = joinedEnds(terminal, stationEnd())
  expect(terminal.session?.peer).toMatchObject({ id: 'STATION-1', role: 'station' })
  expect(peer.session?.purpose).toBe('inject')
})

test('a hello said twice, because nobody seemed to listen → one session', () => {
  const terminal = terminalEnd({ purpose: 'inject', peerId: '' })
  const station = stationEnd()
  const twice = joined([terminal.start(), terminal.start()])
  const { terminalEnded, peerEnded } = talk(terminal, station, undefined, twice)
  expect([terminalEnded, peerEnded]).toEqual([undefined, undefined])
  expect(terminal.session?.exportKey).toEqual(station.session?.exportKey)
})

test('payloads of any length, cut anyhow → the same bytes in the same order', () => {
  const { terminal, peer } = joinedEnds()
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 40_000 }), { maxLength: 3 }),
      fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 1, maxLength: 6 }),
      (lengths, cuts) => {
        const payload = joined(lengths.map((length) => pattern(length)))
        const sealed = terminal.seal(payload)
        const got: Uint8Array[] = []
        for (let at = 0, turn = 0; at < sealed.length; turn++) {
          const size = cuts[turn % cuts.length] ?? 1
          got.push(...peer.receive(sealed.slice(at, at + size)).messages)
          at += size
        }
        expect(joined(got)).toEqual(payload)
        expect(peer.midFrame).toBe(false)
      },
    ),
    { numRuns: 20 },
  )
})

test('a handshake cut into single bytes → the same session', () => {
  const terminal = terminalEnd()
  const host = hostEnd()
  const single = (bytes: Uint8Array) => Array.from(bytes, (byte) => Uint8Array.of(byte))
  talk(terminal, host, single)
  expect(terminal.session?.exportKey).toEqual(host.session?.exportKey)
})

test('the largest payload of one frame → one frame of 16,384 bytes', () => {
  const { terminal, peer } = joinedEnds()
  const sealed = terminal.seal(pattern(PAYLOAD_BYTES_MAX))
  expect(sealed).toHaveLength(2 + FRAME_BYTES_MAX)
  expect(peer.receive(sealed).messages).toHaveLength(1)
  expect(terminal.seal(new Uint8Array(0))).toHaveLength(0)
})

/** The good handshake's parts: what each test harms. */
const good = joinedEnds().parts

/** A talk in which part `index` is altered: neither end may come to a session by it, and both end alike. */
function harmed(index: number, alter: (bytes: Uint8Array) => readonly Uint8Array[]): void {
  const terminal = terminalEnd()
  const host = hostEnd({ oneSession: true })
  const { terminalEnded, peerEnded, messages } = talk(terminal, host, (bytes, at) =>
    at === index ? alter(bytes) : [bytes],
  )
  const [hurt, other] = index % 2 === 0 ? [host, terminal] : [terminal, host]
  isShut(hurt)
  if (index < 3) isShut(other) // the confirmation is the host's last word: its session stands then
  expect([undefined, CHANNEL_FAULT, 'the hello is for another', 'nothing is done here for rkl']).toContain(
    index % 2 === 0 ? peerEnded : terminalEnded,
  )
  expect(messages).toEqual({ terminal: [], peer: [] })
}

describe('flip: one bit of every byte of the handshake', () => {
  test.each(good.map(({ from, bytes }, index) => [index, from, bytes.length] as const))(
    'part %i, of the %s, %i bytes → no session, no more than one text for it',
    (index, _, length) => {
      for (let at = 0; at < length; at++)
        harmed(index, (bytes) => [bytes.map((byte, here) => (here === at ? byte ^ (1 << (at % 8)) : byte))])
    },
    20_000,
  )
})

describe('the line or the power goes after each message', () => {
  test.each([0, 1, 2])('part %i never arrives → no session at either end', (index) => {
    harmed(index, () => [])
  })

  test('the confirmation never arrives → the terminal has no session; the host’s stands until its line ends', () => {
    const terminal = terminalEnd()
    const host = hostEnd()
    talk(terminal, host, (bytes, index) => (index === 3 ? [] : [bytes]))
    isShut(terminal)
    expect(host.session).toBeDefined()
    host.close()
    isShut(host)
  })
})

describe('truncate and extend', () => {
  test.each([0, 1, 2, 3])('part %i shorter by one byte, or cut in the middle → no session', (index) => {
    harmed(index, (bytes) => [bytes.slice(0, -1)])
    harmed(index, (bytes) => [bytes.slice(0, bytes.length >> 1)])
  })

  test.each([1, 2, 3])('part %i one byte longer inside its frame → no session', (index) => {
    harmed(index, (bytes) => {
      const longer = joined([bytes, Uint8Array.of(0)])
      const length = longer.length - 2
      longer.set([length >> 8, length & 0xff])
      return [longer]
    })
  })

  test('message 1 with a payload → refused: it would travel in clear', () => {
    const host = hostEnd({ oneSession: true })
    const first = terminalEnd().start()
    const at = first.length - 34
    const longer = joined([first.slice(0, at), Uint8Array.of(0, 33), first.slice(at + 2), Uint8Array.of(1)])
    expect(host.receive(longer)).toEqual({ send: [], messages: [], ended: CHANNEL_FAULT })
  })

  test('frames of no and of too many bytes → over at once', () => {
    for (const length of [0, FRAME_BYTES_MAX + 1, 0xffff]) {
      const { peer } = joinedEnds()
      expect(peer.receive(Uint8Array.of(length >> 8, length & 0xff)).ended).toBe(CHANNEL_FAULT)
      isShut(peer)
    }
  })

  test('a stream that ends inside a frame → midFrame says so, and nothing came of it', () => {
    const { terminal, peer } = joinedEnds()
    expect(peer.receive(terminal.seal(pattern(50)).slice(0, 40))).toEqual({ send: [], messages: [] })
    expect(peer.midFrame).toBe(true)
  })
})

describe('reflect, swap, replay', () => {
  test('what an end said comes back to it → no session', () => {
    const terminal = terminalEnd()
    expect(terminal.receive(terminal.start()).ended).toBe(CHANNEL_FAULT)
    const asking = terminalEnd({ peerId: '' })
    expect(asking.receive(asking.start()).ended).toBe(CHANNEL_FAULT)
    const namesake = terminalEnd({ peerId: '' })
    namesake.start()
    const hello = helloBytes({ purpose: 'host', id: SERIAL, peerId: SERIAL })
    expect(namesake.receive(hello)).toMatchObject({ send: [], ended: CHANNEL_FAULT })
    const host = hostEnd()
    const [answer = new Uint8Array(0)] = host.receive(terminalEnd().start()).send
    expect(host.receive(answer).ended).toBe(CHANNEL_FAULT)
  })

  test('a transport message that comes back to who sealed it → over', () => {
    const { terminal } = joinedEnds()
    expect(terminal.receive(terminal.seal(pattern(9))).ended).toBe(CHANNEL_FAULT)
    isShut(terminal)
  })

  test('a host that plays terminal, and a terminal that plays host → refused by their roles', () => {
    const asTerminal = terminalEnd({ credential: { ...hostCredential }, serial: HOST_ID })
    const host = hostEnd()
    expect(talk(asTerminal, host).peerEnded).toBe(CHANNEL_FAULT)
    isShut(host)
    const asHost = hostEnd({ credential: credentialOf(31, { id: HOST_ID }) })
    const terminal = terminalEnd()
    expect(talk(terminal, asHost).terminalEnded).toBe(CHANNEL_FAULT)
    isShut(terminal)
  })

  test('K05: a whole old transcript, said to a fresh host and to a fresh terminal → no session', () => {
    const host = hostEnd({ random: randomFrom(99) })
    let ended: string | undefined
    for (const { from, bytes } of good) if (from === 'terminal') ended ??= host.receive(bytes).ended
    expect(ended).toBe(CHANNEL_FAULT)
    isShut(host)
    const terminal = terminalEnd({ random: randomFrom(98) })
    terminal.start()
    let told: string | undefined
    for (const { from, bytes } of good) if (from === 'peer') told ??= terminal.receive(bytes).ended
    expect(told).toBe(CHANNEL_FAULT)
    isShut(terminal)
  })
})

describe('other serial, version, purpose', () => {
  test('a serial that the certificate does not say → refused', () => {
    const host = hostEnd()
    expect(talk(terminalEnd({ serial: 'SK000002' }), host).peerEnded).toBe(CHANNEL_FAULT)
    isShut(host)
  })

  test('a terminal that is not expected → closed before any key is used', () => {
    const host = hostEnd({
      accept: (serial) => serial !== SERIAL,
      random: () => expect.fail('asked for chance'),
    })
    expect(host.receive(terminalEnd().start())).toEqual({
      ...{ send: [], messages: [], ended: 'a terminal that is not expected' },
    })
  })

  test('another’s id in the hello → closed', () => {
    expect(hostEnd().receive(terminalEnd({ peerId: 'HOST-2' }).start()).ended).toBe(
      'the hello is for another',
    )
  })

  test('a version that is not ours → closed, or passed over on a cable', () => {
    const hello = terminalEnd()
      .start()
      .map((byte, at) => (at === 3 ? 0x32 : byte))
    expect(hostEnd({ oneSession: true }).receive(hello).ended).toBe(CHANNEL_FAULT)
    expect(hostEnd().receive(hello)).toEqual({ send: [], messages: [] })
  })

  test('a purpose that is not offered → closed; one altered on the way → no session', () => {
    expect(hostEnd({ purposes: ['host'] }).receive(terminalEnd({ purpose: 'rkl' }).start()).ended).toBe(
      'nothing is done here for rkl',
    )
    harmed(0, (bytes) => [bytes.map((byte, at) => (at === 4 ? 3 : byte))])
  })

  test('a station’s answer for another terminal or purpose → refused', () => {
    for (const wrong of [
      { purpose: 'inject', id: 'STATION-1', peerId: 'SK000002' },
      { purpose: 'rkl', id: 'STATION-1', peerId: SERIAL },
    ] as const)
      expect(terminalEnd({ purpose: 'inject', peerId: '' }).receive(helloBytes(wrong)).ended).toBe(
        CHANNEL_FAULT,
      )
  })
})

describe('certificates', () => {
  const wrong: readonly (readonly [string, Partial<Certificate>, typeof root])[] = [
    ['of another role', { role: 'station' }, root],
    ['without the purpose', { purposes: ['inject'] }, root],
    ['that ended yesterday', { notAfter: TODAY - 1 }, root],
    ['by another root', {}, otherRoot],
    ['of another id', { id: 'SK000002' }, root],
    ['of another key', { publicKey: bytesFrom(600) }, root],
  ]
  test.each(wrong)('of a terminal, %s → the host refuses, and answers nothing', (_, said, by) => {
    const host = hostEnd()
    const { peerEnded, parts } = talk(terminalEnd({ credential: credentialOf(41, said, by) }), host)
    expect(peerEnded).toBe(CHANNEL_FAULT)
    expect(parts).toHaveLength(3)
    isShut(host)
  })
  test.each(wrong)('of a host, %s → the terminal refuses, and does not say who it is', (_, said, by) => {
    const terminal = terminalEnd()
    const credential = credentialOf(42, { role: 'host', id: HOST_ID, ...said }, by)
    const { terminalEnded, parts } = talk(terminal, hostEnd({ credential }))
    expect(terminalEnded).toBe(CHANNEL_FAULT)
    expect(parts).toHaveLength(2)
    isShut(terminal)
  })

  test('K09: another terminal’s good certificate with one’s own key → refused', () => {
    const thief: Credential = { ...credentialOf(51), certificate: credentialOf(11).certificate }
    const host = hostEnd()
    expect(talk(terminalEnd({ credential: thief }), host).peerEnded).toBe(CHANNEL_FAULT)
    isShut(host)
  })

  test('a station for host messages, and a host for an injection → refused by role', () => {
    const both = ['host', 'inject', 'rkl'] as const
    const station = credentialOf(13, { role: 'station', purposes: both, id: 'STATION-1' })
    const end = stationEnd({ credential: station, purposes: both })
    expect(talk(terminalEnd({ peerId: '' }), end).terminalEnded).toBe(CHANNEL_FAULT)
    const host = hostEnd({
      credential: credentialOf(12, { role: 'host', purposes: both, id: HOST_ID }),
      purposes: both,
    })
    expect(talk(terminalEnd({ purpose: 'inject' }), host).terminalEnded).toBe(CHANNEL_FAULT)
  })

  test('the last day of a certificate → still good', () => {
    const credential = credentialOf(43, { notAfter: TODAY })
    const { peer } = joinedEnds(terminalEnd({ credential }))
    expect(peer.session?.peer.id).toBe(SERIAL)
  })
})
