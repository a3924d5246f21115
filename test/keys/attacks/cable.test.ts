import { describe, expect, test } from 'vitest'
import { IDLE_MS, TOTAL_MS } from '../../../emulator/device/injection.ts'
import { LOCKED_MS, WRONG_PAIRS_MAX } from '../../../emulator/device/injection-lock.ts'
import { issueCertificate } from '../../../host-link/channel/certificate.ts'
import type { Credential } from '../../../host-link/channel/channel-end.ts'
import { bytesOfText } from '../../../host-link/wire/bytes.ts'
import { toHex } from '../../../keys/hex.ts'
import { encodeLoadMessage } from '../../../keys/load/message.ts'
import { x25519PublicKey } from '../../../keys/x25519.ts'
import { TEST_SLOT } from '../../../terminal/device/conformance/keys.ts'
import {
  bytesFrom,
  credentialOf,
  joinedEnds,
  otherRoot,
  randomFrom,
  stationCredential,
  stationEnd,
  talk,
  terminalEnd,
} from '../../rig/channel.ts'
import { makeKeyStation } from '../../rig/key-station.ts'
import { makeSearcher } from '../../rig/leak.ts'
import { TMK } from '../store/loaded.ts'
import { hex } from '../vectors.ts'
import { cabled, FIRST, rogueLine } from './cable-rig.ts'

// The attacker has the cable: he plugs in a parent terminal (母POS) or a station of his own, or a tap.

/** A message of the load protocol as one would say it without a channel. */
const bareLoad = encodeLoadMessage({
  ...{
    kind: 'load',
    transaction: bytesFrom(1, 8),
    slot: TEST_SLOT,
    keyBlock: `D0112K0TD01N0000${'0'.repeat(96)}`,
  },
  checkValue: bytesFrom(2, 3),
})
const legacy: readonly (readonly [string, Uint8Array])[] = [
  ['XGD, load one TMK', hex(`01010101 01 12 FB 11 03 ${TMK} 03 00`)],
  ['XGD, set the transfer key', hex('01010101 01 12 EE 09 03 0102030405060708 03 00')],
  ['XGD, read the serial number', hex('01010101 01 12 DB 01 04 03 F6')],
  ['Newland, index and key', hex(`03 01 ${TMK}`)],
  ['VeriFone, load master key', bytesOfText(`\u000f02${TMK}\u000e`)],
  ['ZVT, registration and payment', hex('0600 03 000000 0601 07 04 000000000100')],
  ['a load message without a channel', bareLoad],
  ['a frame of the channel before a hello', Uint8Array.of(0, 40, ...bytesFrom(4, 40))],
  ['a PIN request', bytesOfText('\u0002Z62.6222600001234567890\u001c\u0003')],
]

describe('A13 unauthenticated local port', () => {
  test('A13 unauthenticated local port: nothing that a cash register or parent says on the cable → loads a key, asks for a PIN or gets an answer but the hello', async () => {
    for (const [what, bytes] of legacy) {
      const line = rogueLine()
      const unit = cabled(line.dial)
      const before = unit.device.secure.slot(TEST_SLOT)
      const inject = await unit.inject()
      expect(line.connections, what).toBe(1)
      line.say(bytes)
      await unit.bench.time.advance(5_000)
      expect(unit.screen(), what).not.toMatch(/密码|PIN/)
      expect(unit.device.secure.slot(TEST_SLOT), what).toEqual(before)
      for (const heard of line.heard) expect(Buffer.from(heard).subarray(0, 4).toString(), what).toBe('SKN1')
      await unit.press('cancel', 'cancel')
      expect(inject.result?.kind, what).toMatch(/^(failed|cancelled)$/)
    }
  })

  test('A13 unauthenticated local port: whatever comes while nobody injects → no line is open, for two people must type first', async () => {
    const line = rogueLine()
    const unit = cabled(line.dial)
    for (const [, bytes] of legacy) line.say(bytes)
    void unit.device.secure.inject({ locale: 'en' })
    await unit.press(...FIRST, 'enter', ...FIRST, 'enter')
    expect([line.connections, line.heard.length]).toEqual([0, 0])
  })

  test('A13 unauthenticated port of a station or host: a terminal’s messages before the handshake → the stream is closed, nothing is told', () => {
    const state = encodeLoadMessage({ kind: 'state', slots: [] })
    for (const bytes of [state, Uint8Array.of(0, state.length, ...state)]) {
      const end = stationEnd({ oneSession: true })
      const { send, messages, ended } = end.receive(bytes)
      expect([send.length, messages.length, ended === undefined]).toEqual([0, 0, false])
    }
  })
})

/** A certificate that says something else than its owner may. */
function rogue(said: Parameters<typeof credentialOf>[1] = {}, root?: typeof otherRoot): Credential {
  return credentialOf(77, { role: 'station', purposes: ['inject'], id: 'STATION-1', ...said }, root)
}

describe('A14 rogue 母POS', () => {
  test('A14 rogue 母POS: another root, role, purpose, day, or a certificate of somebody else’s key → failed before any key, the old one stays', async () => {
    const stolen = { ...rogue(), certificate: stationCredential.certificate }
    const unsigned = rogue().certificate.map((byte, at, all) => (at === all.length - 1 ? byte ^ 1 : byte))
    const rogues: readonly (readonly [string, Credential])[] = [
      ['its own root', rogue({}, otherRoot)],
      ['a host', rogue({ role: 'host' })],
      ['another terminal, as a 母POS is', rogue({ role: 'terminal' })],
      ['a station that may not inject', rogue({ purposes: ['host', 'rkl'] })],
      ['expired', rogue({ notAfter: 20_251_231 })],
      ['another station’s name', rogue({ id: 'STATION-2' })],
      ['the certificate of a station without its key', stolen],
      ['a signature with one bit wrong', { ...rogue(), certificate: unsigned }],
    ]
    for (const [what, credential] of rogues) {
      const station = makeKeyStation('inject', { slot: TEST_SLOT }, () => stationEnd({ credential }))
      const unit = cabled(station.dial)
      const before = unit.device.secure.slot(TEST_SLOT)
      const inject = await unit.inject()
      await unit.bench.time.advance(5_000)
      await unit.press('enter')
      expect(inject.result, what).toMatchObject({ kind: 'failed' })
      expect(station.given.state, what).toBe('meant')
      expect(unit.device.secure.slot(TEST_SLOT), what).toEqual(before)
    }
  })

  test('A14 rogue 母POS: a good station to which this serial number is unknown, or not expected → refused, the old key stays', async () => {
    for (const refusal of ['unknownSerial', 'notExpected'] as const) {
      const station = makeKeyStation('inject', { slot: TEST_SLOT })
      station.refusal = refusal
      const unit = cabled(station.dial)
      const before = unit.device.secure.slot(TEST_SLOT)
      const inject = await unit.inject()
      await unit.press('enter')
      expect(inject.result).toEqual({ kind: 'refused', why: refusal })
      expect(unit.device.secure.slot(TEST_SLOT)).toEqual(before)
    }
  })

  test('A14 rogue terminal at a good station: another root, role, serial number or day → no session, nothing said but the handshake', () => {
    const rogues: readonly (readonly [string, Credential])[] = [
      ['another root', credentialOf(11, {}, otherRoot)],
      ['a station', credentialOf(11, { role: 'station' })],
      ['another serial number', credentialOf(11, { id: 'SK000002' })],
      ['not for injection', credentialOf(11, { purposes: ['host'] })],
      ['expired', credentialOf(11, { notAfter: 20_261_121 })],
    ]
    for (const [what, credential] of rogues) {
      const station = stationEnd()
      // The rogue has no check of its own root to pass: it believes the station's.
      const trusting = { ...credential, root: stationCredential.root }
      const done = talk(
        terminalEnd({ credential: trusting, purpose: 'inject', peerId: 'STATION-1' }),
        station,
      )
      expect(station.session, what).toBeUndefined()
      expect(done.peerEnded, what).toBeDefined()
      expect(done.messages.terminal, what).toEqual([])
    }
  })
})

describe('A15 wire tap on the cable', () => {
  test('A15 wire tap: a whole injection → the line carries neither the key nor its check value, nor anything of the key block', async () => {
    const station = makeKeyStation('inject', { slot: TEST_SLOT })
    const unit = cabled(station.dial)
    const inject = await unit.inject()
    expect(station.given.state).toBe('confirmed')
    await unit.press('enter')
    expect(inject.result).toMatchObject({ kind: 'loaded' })
    const { key } = station.given
    const shown = inject.result?.kind === 'loaded' ? (inject.result.slots[0]?.checkValue ?? '') : ''
    const wire = Buffer.concat(station.wire.map(({ bytes }) => bytes))
    expect(wire.length).toBeGreaterThan(500)
    expect(makeSearcher([{ name: 'TMK', value: key }]).search([{ name: 'line', bytes: wire }])).toEqual([])
    for (const text of [shown, 'K0TD', 'D0144', 'D0112', toHex(key).slice(0, 8)]) {
      expect(wire.includes(text), text).toBe(false)
      expect(wire.includes(Buffer.from(text, 'hex')) && text === shown, text).toBe(false)
    }
  })

  test('A15 forward secrecy: the static key of the terminal leaks afterwards → whoever has it, and no ephemeral secret, opens nothing of the recorded session', () => {
    const terminal = terminalEnd({ purpose: 'rkl' })
    const { parts, peer } = joinedEnds(terminal)
    const secret = bytesFrom(99, 200)
    const recorded = [...parts.map(({ bytes }) => bytes), peer.seal(secret)]
    // The thief plays the terminal with its own static key, and hears again what the host said then.
    for (const thief of [
      terminalEnd({ purpose: 'rkl', random: randomFrom(500) }),
      terminalEnd({ purpose: 'rkl', random: randomFrom(501) }),
    ]) {
      thief.start()
      const got = recorded
        .filter((_, at) => parts[at]?.from !== 'terminal')
        .flatMap((bytes) => thief.receive(bytes).messages)
      expect(got).toEqual([])
      expect(thief.session).toBeUndefined()
    }
    expect(terminal.receive(recorded.at(-1) ?? secret).messages).toEqual([secret])
  })
})

describe('A21 injection mode abuse', () => {
  test('A21 injection mode: left alone → over after 60 s at any step', async () => {
    for (const typed of [0, 1, 2, 3, 4]) {
      const unit = cabled(rogueLine().dial)
      const inject = typed === 4 ? await unit.inject() : begin(unit)
      await unit.press(
        ...['2718281', '2718281', '314159265'].slice(0, typed % 4).flatMap((digits) => [...digits, 'enter']),
      )
      await unit.bench.time.advance(IDLE_MS - 1)
      expect(inject.result).toBeUndefined()
      await unit.bench.time.advance(1)
      expect(inject.result).toEqual({ kind: 'timeout' })
    }
    expect([IDLE_MS, TOTAL_MS]).toEqual([60_000, 900_000])
  })

  test('A21 injection mode: kept awake by keys → over after 15 minutes all the same', async () => {
    const unit = cabled(rogueLine().dial)
    const inject = begin(unit)
    for (let round = 0; round < 32; round++) {
      await unit.press('1', 'clear')
      await unit.bench.time.advance(31_000)
      if (inject.result !== undefined) break
    }
    expect(inject.result).toEqual({ kind: 'timeout' })
    expect(unit.bench.time.monotonicMs()).toBeLessThan(TOTAL_MS + 31_000)
  })

  test('A21 injection mode: any message that does not belong there, inside a good channel → it ends, nothing is loaded', async () => {
    const foreign = [
      encodeLoadMessage({ kind: 'done', transaction: bytesFrom(1, 8) }),
      encodeLoadMessage({ kind: 'commit', transaction: bytesFrom(1, 8) }),
      encodeLoadMessage({ kind: 'state', slots: [] }),
      encodeLoadMessage({ kind: 'bye' }),
      bytesOfText('ENTER PIN'),
      Uint8Array.of(0xa0),
    ]
    for (const message of foreign) {
      const station = makeKeyStation('inject', { slot: TEST_SLOT })
      station.tamper = () => message
      const unit = cabled(station.dial)
      const before = unit.device.secure.slot(TEST_SLOT)
      const inject = await unit.inject()
      await unit.press('enter')
      expect(inject.result, toHex(message)).toEqual({ kind: 'failed', why: 'message' })
      expect(unit.device.secure.slot(TEST_SLOT), toHex(message)).toEqual(before)
    }
  })

  test('A21 injection mode: one person with one password twice, or five wrong pairs → refused, then locked for 15 minutes, also over a restart', async () => {
    const station = makeKeyStation('inject', { slot: TEST_SLOT })
    station.silent = true
    const unit = cabled(station.dial)
    begin(unit)
    await unit.press(...FIRST, 'enter', ...FIRST, 'enter', ...FIRST, 'enter')
    expect(unit.screen()).toMatch(/Must not be same/)
    await unit.press('cancel')
    const made = await unit.inject()
    await unit.press('cancel')
    expect(made.result?.kind).toBe('cancelled')

    const wrong = begin(unit)
    for (let pair = 0; pair < WRONG_PAIRS_MAX; pair++) await unit.press(...FIRST, 'enter', ...FIRST, 'enter')
    await unit.press('enter')
    expect(wrong.result).toMatchObject({ kind: 'locked' })
    const dialled = station.connections
    unit.powerLost()
    const next = cabled(station.dial, unit.bench)
    const locked = begin(next)
    await next.press()
    await next.press('enter')
    expect(locked.result).toMatchObject({ kind: 'locked', waitMs: expect.any(Number) })
    expect(station.connections).toBe(dialled)
    await next.bench.time.advance(LOCKED_MS)
    begin(next)
    await next.press()
    expect(next.screen()).toMatch(/Password 1/)
  })
})

function begin(unit: ReturnType<typeof cabled>) {
  const seen: { result: unknown } = { result: undefined }
  void unit.device.secure.inject({ locale: 'en' }).then((result) => {
    seen.result = result
  })
  return seen
}

test('A14 a certificate that an injected or stolen terminal makes for itself → nobody believes it', () => {
  const secret = bytesFrom(66)
  const said = { role: 'station', purposes: ['inject'], id: 'STATION-1', notAfter: 20_301_231 } as const
  const certificate = issueCertificate(
    { ...said, publicKey: x25519PublicKey(secret), serial: bytesFrom(3, 8) },
    otherRoot.secretKey,
  )
  const credential = { secret, certificate, root: stationCredential.root }
  const terminal = terminalEnd({ purpose: 'inject', peerId: 'STATION-1' })
  const station = stationEnd({ credential, random: randomFrom(5) })
  const done = talk(terminal, station)
  expect([terminal.session, station.session]).toEqual([undefined, undefined])
  expect(done.terminalEnded ?? done.peerEnded).toBeDefined()
})
