import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { describe, expect, test } from 'vitest'
import { issueCertificate } from '../../../host-link/channel/certificate.ts'
import { CHANNEL_FAULT, type ChannelEnd } from '../../../host-link/channel/channel-end.ts'
import { makeEphemerals } from '../../../host-link/channel/ephemerals.ts'
import { frame } from '../../../host-link/channel/frames.ts'
import { helloBytes } from '../../../host-link/channel/hello.ts'
import { handshake } from '../../../host-link/channel/noise.ts'
import { hash, hkdf } from '../../../host-link/channel/noise-cipher.ts'
import { x25519, x25519PublicKey } from '../../../keys/x25519.ts'
import { ascii, hex, text, vectors } from '../../keys/vectors.ts'
import {
  bytesFrom,
  HOST_ID,
  hostCredential,
  hostEnd,
  joinedEnds,
  randomFrom,
  root,
  SERIAL,
  stationEnd,
  talk,
  terminalCredential,
  terminalEnd,
} from '../../rig/channel.ts'

const EMPTY = new Uint8Array(0)
const joined = (...parts: readonly Uint8Array[]) => Uint8Array.from(Buffer.concat(parts))
const say = (text: string) => ascii(text)

describe('low order', () => {
  const points = vectors(5, ({ name }) => name.startsWith('x25519-low-order-'))
  const rows = points.map((each) => [each.name, hex(text(each, 'publicKey'))] as const)

  test.each(rows)('%s as e of message 1 → the host ends and says nothing', (_, point) => {
    const hello = helloBytes({ purpose: 'host', id: SERIAL, peerId: HOST_ID })
    const host = hostEnd({ oneSession: true })
    expect(host.receive(joined(hello, frame(point)))).toEqual({
      ...{ send: [], messages: [], ended: CHANNEL_FAULT },
    })
  })

  test.each(rows)(
    '%s as s of message 2, rightly signed and rightly sealed → the terminal ends',
    (_, point) => {
      const terminal = terminalEnd()
      const first = terminal.start()
      const { send, ended } = terminal.receive(frame(messageTwo(first.slice(-32), point)))
      expect([send, ended]).toEqual([[], CHANNEL_FAULT])
    },
  )

  test('the same by hand with a key of good order → the terminal answers: it was the order that was refused', () => {
    const terminal = terminalEnd()
    const ephemeral = terminal.start().slice(-32)
    const secret = bytesFrom(902)
    const two = messageTwo(ephemeral, x25519PublicKey(secret), x25519(secret, ephemeral))
    expect(terminal.receive(frame(two)).send).toHaveLength(1)
  })

  /** What a responder would say whose static key is `point`; of one of low order all DH results are zeros. */
  function messageTwo(
    initiatorEphemeral: Uint8Array,
    point: Uint8Array,
    es: Uint8Array = new Uint8Array(32),
  ): Uint8Array {
    const name = ascii('Noise_XX_25519_ChaChaPoly_SHA512')
    let transcript: Uint8Array = joined(name, new Uint8Array(64 - name.length))
    let chainingKey: Uint8Array = transcript
    let key: Uint8Array = EMPTY
    const mixHash = (bytes: Uint8Array): void => {
      transcript = hash(transcript, bytes)
    }
    const mixKey = (input: Uint8Array): void => {
      const [next, half] = hkdf(chainingKey, input)
      chainingKey = next
      key = half.slice(0, 32)
    }
    const seal = (plain: Uint8Array): Uint8Array => {
      const sealed = chacha20poly1305(key, new Uint8Array(12), transcript).encrypt(plain)
      mixHash(sealed)
      return sealed
    }
    const secret = bytesFrom(900)
    const own = x25519PublicKey(secret)
    mixHash(helloBytes({ purpose: 'host', id: SERIAL, peerId: HOST_ID }))
    mixHash(initiatorEphemeral)
    mixHash(EMPTY)
    mixHash(own)
    mixKey(x25519(secret, initiatorEphemeral) ?? EMPTY)
    const s = seal(point)
    mixKey(es)
    const certificate = issueCertificate(
      {
        ...{ role: 'host', purposes: ['host'], id: HOST_ID, publicKey: point },
        ...{ notAfter: 20_301_231, serial: bytesFrom(901, 8) },
      },
      root.secretKey,
    )
    return joined(own, s, seal(certificate))
  }
})

describe('transport messages', () => {
  const three = (end: ChannelEnd) => [say('one'), say('two'), say('three')].map((each) => end.seal(each))

  test.each([
    ['dropped', (m: Uint8Array[]) => [m[0], m[2]], 1],
    ['repeated', (m: Uint8Array[]) => [m[0], m[0]], 1],
    ['in another order', (m: Uint8Array[]) => [m[1], m[0]], 0],
    ['replayed at the end', (m: Uint8Array[]) => [m[0], m[1], m[2], m[0]], 3],
  ])('%s → what was in order came through, then it is over', (_, changed, whole) => {
    const { terminal, peer } = joinedEnds()
    const received = peer.receive(joined(...changed(three(terminal)).map((each) => each ?? EMPTY)))
    expect(received.messages).toHaveLength(whole)
    expect(received.ended).toBe(CHANNEL_FAULT)
    expect(peer.session).toBeUndefined()
    expect(peer.receive(terminal.seal(say('more')))).toEqual({ send: [], messages: [], ended: CHANNEL_FAULT })
  })

  test('one bit of every byte of a message → over', () => {
    for (let at = 2; at < 2 + 3 + 16; at++) {
      const { terminal, peer } = joinedEnds()
      const sealed = terminal.seal(say('one')).map((byte, here) => (here === at ? byte ^ 0x10 : byte))
      expect(peer.receive(sealed)).toEqual({ send: [], messages: [], ended: CHANNEL_FAULT })
    }
  })

  test('an empty message in a session → over: ours are never empty', () => {
    const host = hostEnd()
    const serial = helloBytes({ purpose: 'host', id: SERIAL, peerId: HOST_ID })
    const end = handshake({
      ...{ pattern: 'XX', initiates: true, prologue: serial, ephemeralSecret: bytesFrom(71) },
      staticSecret: terminalCredential.secret,
    })
    const [second = EMPTY] = host.receive(joined(serial, frame(end.write(EMPTY) ?? EMPTY))).send
    end.read(second.slice(2))
    host.receive(frame(end.write(terminalCredential.certificate) ?? EMPTY))
    expect(host.session?.peer.id).toBe(SERIAL)
    expect(host.receive(frame(end.split().send.encrypt(EMPTY, EMPTY) ?? EMPTY)).ended).toBe(CHANNEL_FAULT)
  })

  test('the last message that the keys are good for → then the channel is over at both ends', () => {
    const { terminal, peer } = joinedEnds(terminalEnd({ messagesMax: 2 }), hostEnd({ messagesMax: 2 }))
    expect(peer.receive(terminal.seal(say('one'))).messages).toHaveLength(1)
    expect(peer.receive(terminal.seal(say('two'))).messages).toHaveLength(1)
    expect(() => terminal.seal(say('three'))).toThrow('it has ended')
    expect(terminal.receive(EMPTY).ended).toBe('the keys of the channel are used up')
    expect(peer.receive(frame(bytesFrom(3, 20))).ended).toBe(CHANNEL_FAULT)
  })
})

describe('on a cable, where nothing says that a session is over', () => {
  test('garbage before the hello, with beginnings of one in it → passed over', () => {
    const station = stationEnd()
    const garbage = joined(bytesFrom(5, 300), say('SKSKN'), say('SKN1'), Uint8Array.of(9), say('SSKN'))
    const terminal = terminalEnd({ purpose: 'inject', peerId: '' })
    talk(terminal, station, undefined, joined(garbage, terminal.start()))
    expect(station.session?.peer.id).toBe(SERIAL)
    expect(terminal.session).toBeDefined()
  })

  test('garbage without end → nothing of it is kept', () => {
    const station = stationEnd()
    for (let i = 0; i < 20; i++)
      expect(station.receive(bytesFrom(i, 5000).map((byte) => byte | 0x80))).toEqual({
        send: [],
        messages: [],
      })
    expect(station.midFrame).toBe(false)
  })

  test('a hello in the middle of a session → a new one, and the keys of the old are wiped', () => {
    const one = terminalEnd({ purpose: 'inject', peerId: '' })
    const { peer: station } = joinedEnds(one, stationEnd())
    const before = station.session
    const last = one.seal(say('last'))
    const two = terminalEnd({ purpose: 'inject', peerId: '', random: randomFrom(55) })
    const received = station.receive(joined(last, two.start()))
    expect(received.messages).toEqual([say('last')])
    expect(received.restarted).toBe(true)
    expect(station.session).toBeUndefined()
    expect(before?.exportKey).toEqual(new Uint8Array(32))
    talk(two, station)
    expect(station.session?.exportKey).toEqual(two.session?.exportKey)
    expect(station.session?.handshakeHash).not.toEqual(before?.handshakeHash)
    expect(station.receive(one.seal(say('old'))).ended).toBe(CHANNEL_FAULT)
  })

  test('a stream of one session: garbage, or a second hello → over', () => {
    expect(hostEnd({ oneSession: true }).receive(Uint8Array.of(1, 2, 3)).ended).toBeUndefined() // may be a frame
    expect(hostEnd({ oneSession: true }).receive(Uint8Array.of(0, 1, 3)).ended).toBe(CHANNEL_FAULT)
    const { peer } = joinedEnds(terminalEnd(), hostEnd({ oneSession: true }))
    expect(peer.receive(terminalEnd({ random: randomFrom(56) }).start()).ended).toBe(CHANNEL_FAULT)
  })

  test('a hello to a terminal in a session → over', () => {
    const { terminal } = joinedEnds()
    expect(terminal.receive(helloBytes({ purpose: 'host', id: HOST_ID, peerId: SERIAL })).ended).toBe(
      CHANNEL_FAULT,
    )
  })
})

describe('forward secrecy', () => {
  test('both static secrets leak later → no secret of the session is left to find, and the old transcript stays closed', () => {
    const given: Uint8Array[] = []
    const remembering = (seed: number) => {
      const random = randomFrom(seed)
      return (length: number) => {
        const bytes = random(length)
        given.push(bytes)
        return bytes
      }
    }
    const { terminal, peer, parts } = joinedEnds(
      terminalEnd({ random: remembering(61) }),
      hostEnd({ random: remembering(62) }),
    )
    const sealed = terminal.seal(say('what was said'))
    const { exportKey } = terminal.session ?? {}
    terminal.close()
    peer.close()
    for (const secret of given) expect(secret).toEqual(new Uint8Array(32)) // the ephemerals
    expect(exportKey).toEqual(new Uint8Array(32))

    // The thief has both statics and the whole transcript. Of the three results es and se are his; ee is not.
    const e1 = parts[0]?.bytes.slice(-32) ?? EMPTY
    const e2 = parts[1]?.bytes.slice(2, 34) ?? EMPTY
    const known = [
      x25519(hostCredential.secret, e1),
      x25519(terminalCredential.secret, e2),
      x25519(hostCredential.secret, x25519PublicKey(terminalCredential.secret)),
      x25519(terminalCredential.secret, e1),
      x25519(hostCredential.secret, e2),
      new Uint8Array(32),
    ]
    const prologue = parts[0]?.bytes.slice(0, -34) ?? EMPTY
    for (const guess of known)
      expect(opensMessageTwo(guess ?? EMPTY, prologue, e1, e2, parts[1]?.bytes ?? EMPTY)).toBe(false)
    expect(sealed.length).toBe(2 + 13 + 16)
  })

  test('the same thief with one ephemeral secret → opens it: the test looks in the right place', () => {
    const { parts } = joinedEnds()
    const e1 = parts[0]?.bytes.slice(-32) ?? EMPTY
    const e2 = parts[1]?.bytes.slice(2, 34) ?? EMPTY
    const right = x25519(randomFrom(21)(32), e2) ?? EMPTY
    const prologue = parts[0]?.bytes.slice(0, -34) ?? EMPTY
    expect(opensMessageTwo(right, prologue, e1, e2, parts[1]?.bytes ?? EMPTY)).toBe(true)
  })

  function opensMessageTwo(
    ee: Uint8Array,
    prologue: Uint8Array,
    e1: Uint8Array,
    e2: Uint8Array,
    message: Uint8Array,
  ): boolean {
    const name = ascii('Noise_XX_25519_ChaChaPoly_SHA512')
    const start = joined(name, new Uint8Array(64 - name.length))
    const transcript = [prologue, e1, EMPTY, e2].reduce((all, bytes) => hash(all, bytes), start)
    const [, key] = hkdf(start, ee)
    try {
      chacha20poly1305(key.slice(0, 32), new Uint8Array(12), transcript).decrypt(message.slice(34, 82))
      return true
    } catch {
      return false
    }
  }
})

describe('chance and ends', () => {
  test.each([
    ['too few bytes', () => new Uint8Array(31)],
    ['only zeros', (length: number) => new Uint8Array(length)],
    ['one byte again and again', (length: number) => new Uint8Array(length).fill(0xa5)],
  ])('a random source that gives %s → no channel at either end', (_, random) => {
    const terminal = terminalEnd({ random })
    expect(terminal.start()).toHaveLength(0)
    expect(terminal.receive(EMPTY).ended).toBe('the random source has failed')
    expect(hostEnd({ random }).receive(terminalEnd().start()).ended).toBe('the random source has failed')
  })

  test('close → keys wiped, nothing goes through any more', () => {
    const { terminal, peer } = joinedEnds()
    const key = peer.session?.exportKey
    const sealed = terminal.seal(say('late'))
    peer.close()
    expect(key).toEqual(new Uint8Array(32))
    expect(peer.receive(sealed)).toEqual({ send: [], messages: [], ended: 'closed' })
    expect(() => peer.seal(say('x'))).toThrow('no session')
  })

  test('the credential stays the caller’s: its secret is as it was', () => {
    const before = terminalCredential.secret.slice()
    const { terminal, peer } = joinedEnds()
    terminal.close()
    peer.close()
    expect(terminalCredential.secret).toEqual(before)
  })

  test('a second start of a handshake under way, ids that are none → told to the caller', () => {
    const terminal = terminalEnd()
    terminal.start()
    expect(() => terminal.start()).toThrow('begun already')
    expect(() => terminalEnd({ serial: '' })).toThrow(RangeError)
    expect(() => terminalEnd({ peerId: 'with space' })).toThrow(RangeError)
    expect(() => hostEnd({ id: 'x'.repeat(21) })).toThrow(RangeError)
  })
})

describe('ephemeral keys of one device or host', () => {
  const stuck = (length: number) => bytesFrom(77, length)

  test('a random source that says the same again → no second channel of that device', () => {
    const ephemerals = makeEphemerals()
    const first = terminalEnd({ random: stuck, ephemerals })
    expect(first.start().length).toBeGreaterThan(32)
    const second = terminalEnd({ random: stuck, ephemerals })
    expect(second.start()).toHaveLength(0)
    expect(second.receive(Uint8Array.of(1)).ended).toBe('the random source has failed')
    expect(terminalEnd({ random: randomFrom(5), ephemerals }).start().length).toBeGreaterThan(32)
  })

  test('the same at the host’s end, and where the terminal asks for a name first', () => {
    const ephemerals = makeEphemerals()
    expect(joinedEnds(terminalEnd(), hostEnd({ random: stuck, ephemerals })).peer.session).toBeDefined()
    const again = joinedEnds(terminalEnd(), hostEnd({ random: stuck, ephemerals }))
    expect([again.terminal.session, again.peer.session]).toEqual([undefined, undefined])
    const asking = (): ChannelEnd => terminalEnd({ peerId: '', random: stuck, ephemerals })
    expect(joinedEnds(asking()).terminal.session).toBeUndefined() // it was the host's last one
  })
})
